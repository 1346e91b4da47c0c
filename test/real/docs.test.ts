import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { pimFile, start } from './pim.ts'

const docs = new URL('../../docs/', import.meta.url)

/** What the pages call `prod-admin` is the sandbox's role Admin. */
const preamble = `set -euo pipefail
cat >> "$AWS_CONFIG_FILE" <<END

[profile prod-admin]
region = us-east-1
services = sandbox
role_arn = arn:aws:iam::123456789012:role/Admin
source_profile = sandbox
END
`

/** The blocks that a reader may type anywhere. A `console` block needs a browser or a person. */
function blocksOf(page: string): readonly string[] {
  const text = readFileSync(new URL(page, docs), 'utf8')
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
}

const pages = readdirSync(docs).filter((page) => page.endsWith('.md') && blocksOf(page).length > 0)

describe.runIf(requirePart('jq', () => hasCommands('bash', 'jq')))('the pages in docs', () => {
  test('each page about a task has blocks to run', () => {
    expect(pages).toEqual([
      'approvals.md',
      'audit-log.md',
      'aws.md',
      'microsoft.md',
      'notices.md',
      'sandbox.md',
      'scripts.md',
      'troubleshooting.md',
    ])
  })

  test.each(pages)('the code blocks of %s run in the sandbox', async (page) => {
    const folder = mkdtempSync(join(tmpdir(), 'pim-docs-'))
    try {
      const script = join(folder, 'page.sh')
      writeFileSync(script, [preamble, ...blocksOf(page)].join('\n'))
      const env = { PATH: process.env['PATH'], HOME: folder, TERM: 'xterm' }
      const args = [pimFile, 'sandbox', '--quiet', '--', 'bash', script]
      const { code, out, err } = await start(process.execPath, args, { env }).ended
      expect({ code, err }, out).toMatchObject({ code: 0 })
      expect(err).not.toContain('pim: error')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
