import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { proxyFor } from '../../src/core/http/proxy.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openProxy } from './proxies.ts'
import { run, searchPath } from './pim.ts'

/** What is plain enough for all to agree on: a list, a host, and whether it is called directly. */
const rows = [
  ['amazonaws.com', 'sts.amazonaws.com'],
  ['.amazonaws.com', 'sts.amazonaws.com'],
  ['amazonaws.com', 'amazonaws.com'],
  ['.amazonaws.com', 'amazonaws.com'],
  ['AmazonAWS.com', 'sts.amazonaws.com'],
  ['onaws.com', 'sts.amazonaws.com'],
  ['sts', 'sts.amazonaws.com'],
  ['sts.amazonaws.com', 'amazonaws.com'],
  ['localhost,amazonaws.com', 'sts.amazonaws.com'],
  ['localhost, amazonaws.com', 'sts.amazonaws.com'],
  ['localhost,example.com', 'sts.amazonaws.com'],
  ['amazonaws.com.evil.example', 'sts.amazonaws.com'],
  ['*', 'sts.amazonaws.com'],
] as const

function isDirect(list: string, host: string): boolean {
  return proxyFor(`https://${host}/`, { HTTPS_PROXY: 'proxy:1', NO_PROXY: list }) === undefined
}

const curl = requirePart('curl', () => hasCommands('curl'))

test.skipIf(!curl).each(rows)('curl: NO_PROXY=%s for %s', async (list, host) => {
  await using proxy = await openProxy('403 Forbidden')
  const env = { PATH: searchPath, HTTPS_PROXY: `127.0.0.1:${proxy.port}`, NO_PROXY: list }
  // Nobody listens there; what matters is who was asked.
  const words = ['--silent', '--max-time', '10', '--resolve', `${host}:443:127.0.0.1`]
  await run('curl', [...words, `https://${host}/`], { env })
  expect(proxy.asked.length === 0).toBe(isDirect(list, host))
})

const script = `
import json, os, sys
from botocore.utils import should_bypass_proxies
def judged(row):
    os.environ['no_proxy'] = row[0]
    return bool(should_bypass_proxies('https://' + row[1] + '/'))
print(json.dumps([judged(row) for row in json.load(sys.stdin)]))
`
const botocore = requirePart(
  'botocore',
  () => spawnSync('python3', ['-c', 'import botocore.utils']).status === 0,
)

test.skipIf(!botocore)('botocore agrees', async () => {
  const { HOME, PATH } = process.env
  const ended = await run('python3', ['-c', script], {
    env: { HOME, PATH },
    input: JSON.stringify(rows),
  })
  const ours = rows.map(([list, host]) => isDirect(list, host))
  expect([ended.code, JSON.parse(ended.out)]).toEqual([0, ours])
})
