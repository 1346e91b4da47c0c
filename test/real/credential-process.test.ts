import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { alice } from '../../sandbox/aws/sts/roles.ts'
import { quoted } from '../../src/core/printable.ts'
import { openCloud, pimFile, type Cloud } from './pim.ts'

const role = 'arn:aws:iam::123456789012:role/Admin'
const keys = JSON.stringify({
  Version: 1,
  AccessKeyId: alice.accessKeyId,
  SecretAccessKey: alice.secretAccessKey,
})

let cloud: Cloud

beforeEach(async () => {
  cloud = await openCloud()
  return () => cloud[Symbol.asyncDispose]()
})

/** A target `here` whose source is the profile `base`, which runs a program of these lines. */
function helper(lines: string, words = ''): string {
  const file = join(cloud.folder, 'helper')
  writeFileSync(file, `#!/bin/sh\n${lines}\n`, { mode: 0o700 })
  profiles(`[profile base]
credential_process = ${file} ${words}
[profile here]
role_arn = ${role}
source_profile = base
`)
  return file
}

function profiles(text: string): void {
  appendFileSync(cloud.env['AWS_CONFIG_FILE'] ?? '', `\n${text}`)
}

const elevate = (...more: string[]) => cloud.pim(['elevate', 'aws:here', '-j', 'why', ...more])

describe('a credential_process', () => {
  test('runs once for an elevation, with an empty stdin and without the passphrase', async () => {
    const seen = join(cloud.folder, 'seen')
    helper(`read -r line && exit 3; echo run >> ${seen}; env >> ${seen}; echo '${keys}'`)
    const { code } = await cloud.pim(['elevate', 'aws:here', '-j', 'why'], { input: 'a line\n' })
    expect(code).toBe(0)
    const text = readFileSync(seen, 'utf8')
    expect(text.match(/^run$/gm)).toHaveLength(1)
    expect(text).not.toContain('PIM_STORE_PASSPHRASE')
  })

  test('gets its words as they are written, from no shell', async () => {
    const seen = join(cloud.folder, 'words')
    helper(
      `for word; do echo "$word" >> ${seen}; done; echo '${keys}'`,
      `--url https://idp/?id=1&acct=2 pa$$word a;b (c) * "Bob Smith" it\\ s`,
    )
    expect((await elevate()).code).toBe(0)
    expect(readFileSync(seen, 'utf8').trimEnd().split('\n')).toEqual([
      '--url',
      'https://idp/?id=1&acct=2',
      'pa$$word',
      'a;b',
      '(c)',
      '*',
      'Bob Smith',
      'it s',
    ])
  })

  test('that fails says why, and no word of its command line', async () => {
    helper('echo "Session expired. Run: corp-login" >&2; exit 255', '--password hunter2hunter2')
    const { code, err } = await elevate('--verbose')
    expect(code).toBe(4)
    expect(err).toContain('(`helper`) ended with exit code 255: Session expired. Run: corp-login')
    expect(err).not.toContain('hunter2')
  })

  test('that leaves a child with its pipe behind keeps nobody', async () => {
    helper(`sleep 60 & echo '${keys}'`)
    expect(await elevate()).toMatchObject({ code: 0, signal: null })
  })
})

describe('pim as the credential_process', () => {
  const self = `${process.execPath} ${pimFile}`

  test('of the profile that AWS_PROFILE names starts from the default credentials', async () => {
    profiles(`[profile prod]\ncredential_process = ${self} credentials aws:123456789012/Admin\n`)
    appendFileSync(
      cloud.env['AWS_SHARED_CREDENTIALS_FILE'] ?? '',
      `\n[default]\naws_access_key_id = ${alice.accessKeyId}\naws_secret_access_key = ${alice.secretAccessKey}\n`,
    )
    const env = { AWS_PROFILE: 'prod', PIM_JUSTIFICATION: 'why' }
    const { code, out } = await cloud.pim(['credentials', 'aws:123456789012/Admin'], { env })
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ Version: 1 })
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
  })

  test('of the only profile with credentials fails at once', async () => {
    profiles(`[profile prod]\ncredential_process = ${self} credentials aws:123456789012/Admin\n`)
    const env = { AWS_PROFILE: 'prod', PIM_JUSTIFICATION: 'why' }
    const ended = await cloud.pim(['credentials', 'aws:123456789012/Admin'], { env })
    expect(ended).toMatchObject({ code: 2, signal: null, out: '' })
    expect(ended.err).toContain('AWS_PROFILE names `prod`: its credential_process is pim itself')
  })

  test.each([
    ['itself', self],
    ['a program that runs it', 'wrapper'],
  ])('of the profile that its target starts from fails at once, as %s', async (_, program) => {
    const file = join(cloud.folder, 'wrapper')
    const line = self.split(' ').map(quoted).join(' ')
    writeFileSync(file, `#!/bin/sh\nexec ${line} credentials aws:here\n`, { mode: 0o700 })
    const command = program === 'wrapper' ? file : `${self} credentials aws:here`
    profiles(`[profile base]
credential_process = ${command}
[profile here]
role_arn = ${role}
source_profile = base
`)
    const env = { PIM_JUSTIFICATION: 'why' }
    const ended = await cloud.pim(['credentials', 'aws:here'], { env, limitSeconds: 40 })
    expect(ended).toMatchObject({ code: 4, signal: null, out: '' })
    expect(ended.err).toContain('the credential_process of the profile `base` runs pim')
    expect(cloud.calls('AssumeRole')).toEqual([])
  })
})

test('pim as the credential_process of the profile that it starts from ends at once, by every command', async () => {
  const words = `${process.execPath} ${pimFile} whoami --json`
  profiles(`[profile own]\ncredential_process = ${words}\n`)
  const env = { AWS_PROFILE: 'own' }
  const { code, err } = await cloud.pim(['whoami', '--provider', 'aws'], { env, limitSeconds: 60 })
  expect([code, err]).toEqual([expect.any(Number), expect.stringContaining('credential_process')])
  expect(cloud.sts.calls).toEqual([])
})
