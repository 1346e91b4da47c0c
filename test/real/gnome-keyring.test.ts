import { readdirSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { hasKeyring, start, unlock } from './keyring-lines.ts'
import { expectSearchToWork, filesWith, secretsOf } from './leaks.ts'
import { openCloud, type Cloud, type Environment } from './pim.ts'
import { bareBus, inSession } from './session.ts'

const elevate = 'pim -v elevate aws:sandbox-admin -j "restart the queue"'

test.each([
  ['file', { PIM_CREDENTIAL_STORE: 'file' }],
  ['auto, which is the file where there is a passphrase', { PIM_CREDENTIAL_STORE: 'auto' }],
])('no file holds a secret in the clear: store %s', async (_, env) => {
  await using cloud = await openCloud()
  expect((await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'x y'], { env })).code).toBe(0)
  const { out } = await cloud.pim(['credentials', 'aws:sandbox-admin'], { env })
  await cloud.pim(['exec', 'aws:sandbox-admin', '--', 'true'], { env })
  expectSearchToWork(cloud.folder)
  expect(filesWith(secretsOf(out), cloud.folder)).toEqual([])
  await cloud.pim(['release', '--all'], { env })
})

describe.skipIf(!hasKeyring)('with an unlocked gnome-keyring', () => {
  test('credentials lie there and nowhere else, until they are released', async () => {
    await using cloud = await openCloud()
    const search = 'secret-tool search --all --unlock service pim-cli 2>&1'
    const lines = [
      unlock,
      `${elevate} || exit`,
      'echo "=== credentials"; pim credentials aws:sandbox-admin',
      `echo "=== kept"; ${search}`,
      'echo "=== verified"; pim audit verify --json',
      'pim release aws:sandbox-admin',
      `echo "=== released"; ${search}`,
    ]
    const { code, out, err } = await inSession(lines, { cloud })
    expect([code, err]).toEqual([0, expect.stringContaining('credentials are kept in: keychain')])
    const parts = Object.fromEntries(
      out.split(/^=== /m).map((part) => [/^\w*/.exec(part)?.[0], part.replace(/^\w*\n/, '')]),
    ) as Record<'credentials' | 'kept' | 'verified' | 'released', string>

    const secrets = secretsOf(parts.credentials)
    for (const secret of secrets) expect(parts.kept).toContain(secret)
    expect(parts.kept).toContain('attribute.username = aws:sandbox-admin')
    expect(JSON.parse(parts.verified)).toMatchObject({ ok: true, anchor: 'matched' })
    for (const secret of secrets) expect(parts.released).not.toContain(secret)
    expect(parts.released).not.toContain('aws:sandbox-admin')

    expectSearchToWork(cloud.folder)
    expect(filesWith(secrets, cloud.folder)).toEqual([])
    expect(readdirSync(join(cloud.env['PIM_HOME'] ?? '', 'state'))).not.toContain('store')
  })

  test('what one process keeps, the next hands out', async () => {
    await using cloud = await openCloud()
    const lines = [
      unlock,
      `${elevate} -q`,
      'pim credentials aws:sandbox-admin',
      'pim env aws:sandbox-admin --shell json',
    ]
    const { code, out } = await inSession(lines, { cloud })
    const [credentials = '', env = ''] = out.trim().split('\n')
    expect(code).toBe(0)
    expect(JSON.parse(env)['AWS_SECRET_ACCESS_KEY']).toBe(JSON.parse(credentials).SecretAccessKey)
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
  })
})

/** A way in which the keychain does not work: the lines that bring it about. */
interface Trouble {
  readonly name: string
  readonly lines: readonly string[]
  readonly says: string
  /** To be done in a session of its own before. */
  readonly before?: readonly string[]
  /** The bus starts no service by itself. */
  readonly isBare?: boolean
}

const makeKeyring = [unlock, 'echo x | secret-tool store --label=x a b']
const troubles: readonly Trouble[] = [
  { name: 'locked, with nobody to ask', before: makeKeyring, lines: [start], says: 'it is locked' },
  { name: 'without any keyring', lines: [start], says: 'no default keyring' },
  { name: 'not on the bus', isBare: true, lines: [], says: 'no Secret Service is running' },
  {
    name: 'without a bus',
    lines: ['unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR'],
    says: 'there is no D-Bus session bus',
  },
]

async function expectDocumented(
  trouble: Omit<Trouble, 'name' | 'says'>,
  says: string,
  cloud: Cloud,
) {
  const { before, lines, isBare } = trouble
  if (before !== undefined) await inSession(before, { cloud })
  const bus = isBare === true ? { busConfig: bareBus(cloud) } : {}
  const attempt = (line: string, env: Environment) =>
    inSession([...lines, line], { cloud, env, limitSeconds: 60, ...bus })

  // By name: an error that says why, before anybody is called.
  const named = { PIM_CREDENTIAL_STORE: 'keychain' }
  const refused = await attempt(elevate, named)
  expect([refused.code, refused.err]).toEqual([6, expect.stringContaining(says)])
  expect(refused.err).toContain('hint: ')
  for (const line of [
    'pim env aws:sandbox-admin -j "x y"',
    'pim exec aws:sandbox-admin -j "x y" -- true',
  ]) {
    const { code, out } = await attempt(line, named)
    expect([line, code, out]).toEqual([line, line.includes('exec') ? 125 : 6, ''])
  }
  expect(cloud.calls('AssumeRole')).toEqual([])

  // Left to pim: the next store that works, which is said.
  const fallen = await attempt(`${elevate} && pim release --all`, { PIM_STORE_PASSPHRASE: 'pass' })
  expect([fallen.code, fallen.err]).toEqual([
    0,
    expect.stringContaining(`not kept in the keychain`),
  ])
  expect(fallen.err).toContain('credentials are kept in: file')
  for (const { milliseconds, signal } of [refused, fallen]) {
    expect([signal, milliseconds < 28_000]).toEqual([null, true])
  }
}

describe.skipIf(!hasKeyring)('a keychain that is', () => {
  test.each(troubles)('$name', async ({ says, ...trouble }) => {
    await using cloud = await openCloud()
    await expectDocumented(trouble, says, cloud)
  })

  test('behind a bus that takes connections and never answers', async () => {
    await using cloud = await openCloud()
    const path = join(cloud.folder, 'bus')
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    try {
      const lines = [`export DBUS_SESSION_BUS_ADDRESS=unix:path=${path}`]
      await expectDocumented({ lines }, 'the D-Bus session bus does not answer', cloud)
    } finally {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  })
})

describe('without any store', () => {
  const env = { PIM_CREDENTIAL_STORE: 'memory', PIM_STORE_PASSPHRASE: '' }

  test('`pim elevate` exits 2 and says what works, before AWS is called', async () => {
    await using cloud = await openCloud()
    const { code, err } = await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'x y'], { env })
    expect(code).toBe(2)
    expect(err).toContain('there is no store to keep credentials in')
    expect(err).toContain('`pim exec` and `pim env` work without a store')
    expect(cloud.sts.calls).toEqual([])
  })

  test('`pim exec`, `pim env` and `pim credentials` work, and leave no secret on the disk', async () => {
    await using cloud = await openCloud()
    const words = ['-j', 'restart the queue']
    const exec = [
      'exec',
      'aws:sandbox-admin',
      ...words,
      '--',
      'sh',
      '-c',
      'echo $AWS_SECRET_ACCESS_KEY',
    ]
    const lent = await cloud.pim(exec, { env })
    const printed = await cloud.pim(['env', 'aws:sandbox-admin', ...words, '--shell', 'json'], {
      env,
    })
    const served = await cloud.pim(['credentials', 'aws:sandbox-admin'], {
      env: { ...env, PIM_JUSTIFICATION: 'nightly job' },
    })
    expect([lent.code, printed.code, served.code]).toEqual([0, 0, 0])
    const values = JSON.parse(printed.out)
    const secrets = [
      lent.out.trim(),
      values.AWS_SECRET_ACCESS_KEY,
      values.AWS_SESSION_TOKEN,
      ...secretsOf(served.out),
    ]
    expect(secrets.every((secret) => secret.length > 20)).toBe(true)
    expect(filesWith(secrets, cloud.folder)).toEqual([])
  })
})
