import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { openCloud, pimFile, run, type Cloud, type Environment } from './pim.ts'

/** Names of errors and of inner parts, which tell a person nothing. */
const inner = /\bE[A-Z]{4,}\b|PimError|SystemError|is a bug in pim|\n\s+at /

const reason = ['-j', 'restart the queue']
const target = 'aws:sandbox-admin'

/** Runs pim, and expects no inner name in what it says. */
async function said(cloud: Cloud, words: readonly string[], env: Environment = {}) {
  const { code, out, err } = await cloud.pim(words, { env })
  expect([words, err]).toEqual([words, expect.not.stringMatching(inner)])
  return { code, out, err }
}

/** A file where a folder should be, a folder where a file should be, and programs that cannot run. */
function obstacles({ folder }: Cloud) {
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('file'), '')
  mkdirSync(at('folder'))
  writeFileSync(at('script'), '#!/nonexistent/interpreter\n')
  chmodSync(at('script'), 0o755)
  return { file: at('file'), folder: at('folder'), script: at('script'), below: at('file/below') }
}

describe('what the system refuses is said in words', () => {
  test('a command that cannot be run', async () => {
    await using cloud = await openCloud()
    const { file, folder, script, below } = obstacles(cloud)
    for (const [command, why] of [
      [file, 'permission denied'],
      [folder, 'permission denied'],
      [script, 'the interpreter that it names does not exist'],
      [below, 'part of its path is not a folder'],
      ['x'.repeat(5000), 'its name is too long'],
    ] as const) {
      const { code, err } = await said(cloud, ['exec', target, ...reason, '--', command])
      expect([code, err]).toEqual([
        126,
        expect.stringContaining(`\`${command}\` cannot be run: ${why}`),
      ])
    }
  })

  test('a place for the sandbox', async () => {
    await using cloud = await openCloud()
    const { file } = obstacles(cloud)
    const { code, err } = await said(cloud, ['sandbox', '--nested', '--', 'true'], { TMPDIR: file })
    expect([code, err]).toEqual([
      6,
      expect.stringContaining(`sandbox in ${file}: part of its path`),
    ])
    expect(err).toContain('hint: set TMPDIR to')
  })

  test('a file of a GitHub job', async () => {
    await using cloud = await openCloud()
    const { folder } = obstacles(cloud)
    const words = ['env', target, ...reason, '--shell', 'github']
    const { code, err } = await said(cloud, words, { GITHUB_ENV: folder })
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`cannot write ${folder}: it is a folder`),
    ])
  })

  test.skipIf(process.platform === 'win32')('a file descriptor for the MFA code', async () => {
    await using cloud = await openCloud()
    const { folder } = obstacles(cloud)
    for (const [descriptor, redirection, why] of [
      ['99', '', 'it is not open for that'],
      ['9', `9< '${folder}'`, 'it is a folder'],
    ] as const) {
      const shell = ['-c', `"$@" ${redirection}`, 'sh', process.execPath, pimFile]
      const words = ['elevate', target, ...reason, '--mfa-token', `fd:${descriptor}`]
      const { code, err } = await run('sh', [...shell, ...words], { env: cloud.env })
      const sentence = `descriptor ${descriptor} gives no MFA code: ${why}`
      expect([code, err]).toEqual([2, expect.stringContaining(sentence)])
      expect(err).not.toMatch(inner)
    }
  })

  test('a service that does not listen', async () => {
    await using cloud = await openCloud()
    const { code, err } = await said(cloud, ['exec', target, ...reason, '--', 'true'], {
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
    })
    expect([code, err]).toEqual([
      125,
      expect.stringContaining('no connection to 127.0.0.1:1 (nothing listens there)'),
    ])
  })

  test('a webhook that does not listen, of which only the host is said', async () => {
    await using cloud = await openCloud()
    await cloud.pim(['webhook', 'set', 'w', '--format', 'json'], {
      input: 'http://127.0.0.1:1/secret\n',
    })
    const { code, err } = await said(cloud, ['webhook', 'test', 'w'])
    expect([code, err]).toEqual([
      6,
      expect.stringContaining('127.0.0.1:1: no answer, nothing listens there'),
    ])
    expect(err).not.toContain('secret')
  })
})

describe('a state folder that is a file', () => {
  const readsState = [
    ['status'],
    ['list'],
    ['audit'],
    ['audit', 'verify'],
    ['release', '--all'],
    ['login', '--list'],
    ['logout'],
    ['requests'],
    ['wait', 'x'],
    ['cancel', 'x'],
  ]

  test.each(readsState.map((words) => ({ words })))('pim $words', async ({ words }) => {
    await using cloud = await openCloud()
    const home = join(cloud.folder, 'elsewhere')
    mkdirSync(home)
    writeFileSync(join(home, 'state'), '')
    const { code, err } = await said(cloud, words, { PIM_HOME: home })
    expect([6, 7]).toContain(code)
    expect(err).toMatch(/part of its path is not a folder/)
    // What cannot be read is never told as absent.
    expect(err).not.toMatch(
      /[Nn]obody (?:is|was) signed in|[Nn]o active elevations|nothing is active/,
    )
  })
})

test.skipIf(!existsSync('/dev/full'))('a disk that is full', async () => {
  await using cloud = await openCloud()
  const words = ['-c', '"$@" > /dev/full', 'sh', process.execPath, pimFile, 'list']
  const { code, err } = await run('sh', words, { env: cloud.env })
  expect([code, err]).toEqual([1, expect.stringContaining('to stdout: the disk is full')])
  expect(err).not.toMatch(inner)
})
