import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { openCloud, pimFile, run, until, type Cloud, type StartOptions } from './pim.ts'

const exec = ['exec', 'aws:sandbox-admin', '-j', 'restart the queue']

/** Runs a line of shell under `pim exec`, with more words behind it. */
const under = (cloud: Cloud, line: string, words: readonly string[] = [], options?: StartOptions) =>
  cloud.startPim([...exec, '--', 'bash', '-c', line, 'bash', ...words], options)

/** What the process runs by now whose id was said; where there is no /proc, what it is meant to run. */
function nameOf(out: string): string | undefined {
  const pid = /pid=(\d+) /.exec(out)?.[1]
  if (pid === undefined) return undefined
  return existsSync('/proc/self/comm') ? readFileSync(`/proc/${pid}/comm`, 'utf8').trim() : 'sleep'
}

const isActive = async (cloud: Cloud) =>
  (await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code === 0

const events = (cloud: Cloud) => cloud.records().map(({ event }) => event)

const wholeLife = [
  'elevation.requested',
  'elevation.active',
  'command.started',
  'command.finished',
  'elevation.released',
]

/** A program that answers every `signal` with `answer`; a shell may lose one that meets it between two commands. */
const answering = (signal: string, answer: string) =>
  `let n = 0; process.on('${signal}', () => { n += 1; ${answer} }); setInterval(() => {}, 1e6); console.log('ready')`

const underNode = (cloud: Cloud, program: string) =>
  cloud.startPim([...exec, '--', process.execPath, '-e', program])

describe.concurrent('a signal to pim', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const)('%s ends the command, and pim with its code %i', async (signal, code) => {
    await using cloud = await openCloud()
    const running = under(cloud, 'ulimit -c 0; echo "pid=$$ "; exec sleep 200')
    await running.says('pid=')
    // A shell may lose a signal that meets it before it is the other program.
    await until('the command', () => nameOf(running.said().out) === 'sleep')
    expect(await isActive(cloud)).toBe(true)
    running.child.kill(signal)
    const ended = await running.ended
    expect([ended.code, ended.signal]).toEqual([code, null])
    expect(await isActive(cloud)).toBe(false)
    expect(events(cloud)).toEqual(wholeLife)
    expect(cloud.records()).toContainEqual(
      expect.objectContaining({ event: 'command.finished', exitCode: code, signal }),
    )
  })

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s that the command handles leaves the code to the command',
    async (signal) => {
      await using cloud = await openCloud()
      const program = answering(signal, `console.log('tidied'); process.exit(33)`)
      const running = underNode(cloud, program)
      await running.says('ready')
      running.child.kill(signal)
      expect(await running.ended).toMatchObject({ code: 33, out: 'ready\ntidied\n' })
      expect(await isActive(cloud)).toBe(false)
      expect(events(cloud)).toEqual(wholeLife)
    },
  )

  test('SIGUSR1 never opens the inspector of Node, whatever pim is doing', async () => {
    await using cloud = await openCloud()
    const running = underNode(cloud, answering('SIGUSR1', `console.log('heard')`))
    await running.says('ready')
    running.child.kill('SIGUSR1')
    await running.says('heard')
    running.child.kill('SIGTERM')
    expect((await running.ended).err).not.toContain('Debugger')
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 1500 })
    const elevating = cloud.startPim(['elevate', 'aws:sandbox-no-tags', '-j', 'why'])
    await until('the call', () => cloud.calls('AssumeRole').length === 2)
    elevating.child.kill('SIGUSR1')
    elevating.child.kill('SIGUSR2')
    const { code, err } = await elevating.ended
    expect([code, err.includes('Debugger')]).toEqual([0, false])
  })

  test('reaches the command as often as it is sent', async () => {
    await using cloud = await openCloud()
    const answer = `console.log('heard', n); if (n === 3) process.exit(0)`
    const running = underNode(cloud, answering('SIGINT', answer))
    for (const said of ['ready', 'heard 1', 'heard 2']) {
      await running.says(said)
      running.child.kill('SIGINT')
    }
    expect(await running.ended).toMatchObject({
      code: 0,
      out: 'ready\nheard 1\nheard 2\nheard 3\n',
    })
  })
})

describe.concurrent('the command', () => {
  test('gets its words as they are', async () => {
    await using cloud = await openCloud()
    const words = ['two words', '--', '--json', '-j', '', '$HOME', '*', 'a"b', "c'd", 'é€😀', '-v']
    const { code, out } = await under(cloud, `printf '<%s>\\n' "$@"`, words).ended
    expect(code).toBe(0)
    expect(out).toBe(words.map((word) => `<${word}>\n`).join(''))
  })

  test('may have a space in its own name', async () => {
    await using cloud = await openCloud()
    const script = join(cloud.folder, 'my script.sh')
    writeFileSync(script, '#!/bin/sh\necho "ran $1"\n', { mode: 0o755 })
    const { code, out } = await cloud.pim([...exec, '--', script, 'it'])
    expect([code, out]).toEqual([0, 'ran it\n'])
  })

  test('gets stdin, whole', async () => {
    await using cloud = await openCloud()
    const input = `${'line after line\n'.repeat(20_000)}end`
    const { code, out } = await under(cloud, 'cat', [], { input }).ended
    expect([code, out === input]).toEqual([0, true])
  })

  test('has stdout and stderr to itself', async () => {
    await using cloud = await openCloud()
    const { out, err } = await cloud.pim([
      '-q',
      ...exec,
      '--',
      'sh',
      '-c',
      'echo out; echo err >&2',
    ])
    expect([out, err]).toEqual(['out\n', 'err\n'])
  })

  test('gets the credentials of the role, and no variable that leads to others', async () => {
    await using cloud = await openCloud()
    const stale = {
      AWS_ACCESS_KEY_ID: 'AKIASTALE',
      AWS_SECRET_ACCESS_KEY: 'stale',
      AWS_SESSION_TOKEN: 'stale',
      AWS_SECURITY_TOKEN: 'stale',
      AWS_PROFILE: 'sandbox',
      AWS_DEFAULT_PROFILE: 'stale',
      AWS_ROLE_ARN: 'stale',
      AWS_ROLE_SESSION_NAME: 'stale',
      AWS_WEB_IDENTITY_TOKEN_FILE: 'stale',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'stale',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'stale',
      AWS_VAULT: 'stale',
    }
    const { out } = await under(cloud, 'env -0', [], { env: { ...stale, KEPT: 'as it was' } }).ended
    const env = Object.fromEntries(
      out.split('\0').map((entry) => [entry.split('=')[0], entry.slice(entry.indexOf('=') + 1)]),
    )
    const [, active] = cloud.records()
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: active?.['accessKeyId'],
      AWS_SESSION_TOKEN: expect.stringMatching(/.{20}/),
      AWS_CREDENTIAL_EXPIRATION: active?.['expiresAt'],
      AWS_REGION: 'us-east-1',
      PIM_TARGET: 'aws:sandbox-admin',
      PIM_ELEVATION_ID: active?.elevationId,
      KEPT: 'as it was',
    })
    expect(Object.values(env)).not.toContain('stale')
    expect(env).not.toHaveProperty('AWS_PROFILE')
    expect(cloud.sts.issued.map(({ accessKeyId }) => accessKeyId)).toEqual([
      env['AWS_ACCESS_KEY_ID'],
    ])
  })

  test('leaves nothing behind, unless told to keep it', async () => {
    await using cloud = await openCloud()
    await cloud.pim([...exec, '--', 'true'])
    expect(await isActive(cloud)).toBe(false)
    await cloud.pim([...exec, '--keep', '--', 'true'])
    expect(await isActive(cloud)).toBe(true)
    // What was active before is not pim exec's to give back.
    await cloud.pim([...exec, '--', 'true'])
    expect(await isActive(cloud)).toBe(true)
    expect(cloud.calls('AssumeRole')).toHaveLength(2)
  })

  test('that runs pim exec again is refused, unless that is meant', async () => {
    await using cloud = await openCloud()
    // The command is not given the key to pim's store, so that one of its own is needed.
    const nested = (flag: string) =>
      under(
        cloud,
        `PIM_CREDENTIAL_STORE=memory "$@" exec aws:sandbox-no-tags ${flag} -j "and more" -- sh -c 'echo $PIM_TARGET'`,
        [process.execPath, pimFile],
      ).ended
    const refused = await nested('')
    expect(refused).toMatchObject({ code: 125, out: '' })
    expect(refused.err).toContain('this already runs as `aws:sandbox-admin` under `pim exec`')
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
    expect(await nested('--nested')).toMatchObject({ code: 0, out: 'aws:sandbox-no-tags\n' })
  })
})

test.concurrent('a reader that goes away ends the command, and pim gives back all the same', async () => {
  await using cloud = await openCloud()
  const line = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"'
  const words = ['-c', line, 'bash', process.execPath, pimFile, ...exec, '--', 'yes']
  const { out } = await run('bash', words, { env: cloud.env })
  expect(out).toBe(`y\n${128 + 13}\n`)
  expect(await isActive(cloud)).toBe(false)
  expect(events(cloud)).toEqual(wholeLife)
})
