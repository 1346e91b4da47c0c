import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { sandboxRoles } from '../../sandbox/aws/sts/roles.ts'
import { openCloud, until, type Cloud, type Running } from './pim.ts'

const env = { PIM_JUSTIFICATION: 'nightly job' }

async function expectIntactLog(cloud: Cloud): Promise<void> {
  const { code, out } = await cloud.pim(['audit', 'verify', '--json'])
  expect([code, JSON.parse(out)]).toMatchObject([0, { ok: true, unknownOutcome: [] }])
}

test('50 programs that ask for cold credentials at once share one elevation', async () => {
  await using cloud = await openCloud()
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => cloud.pim(['credentials', 'aws:sandbox-admin'], { env })),
  )
  expect(answers.map(({ code }) => code)).toEqual(Array.from({ length: 50 }, () => 0))
  expect(new Set(answers.map(({ out }) => out)).size).toBe(1)
  expect(cloud.calls('AssumeRole')).toHaveLength(1)
  expect(cloud.records().map(({ event }) => event)).toEqual([
    'elevation.requested',
    'elevation.active',
    'credentials.issued',
  ])
  await expectIntactLog(cloud)
})

/** Starts one that is answered only after a minute, and others that wait for it. */
async function startQueue(cloud: Cloud, target: string, others: number) {
  cloud.sts.fail({ action: 'AssumeRole', delayMs: 60_000 })
  const holder = cloud.startPim(['credentials', target], { env })
  await until('the first call', () => cloud.calls('AssumeRole').length === 1)
  const waiting = Array.from({ length: others }, () =>
    cloud.startPim(['credentials', target], { env }),
  )
  await Promise.all(waiting.map(({ says }) => says('waiting for')))
  return { holder, waiting }
}

const endings = (all: readonly Running[]) => Promise.all(all.map(({ ended }) => ended))

test('a holder that is killed holds nobody up', async () => {
  await using cloud = await openCloud()
  const { holder, waiting } = await startQueue(cloud, 'aws:sandbox-admin', 8)
  const killed = performance.now()
  holder.child.kill('SIGKILL')
  await until('the next call', () => cloud.calls('AssumeRole').length > 1)
  const milliseconds = Math.round(performance.now() - killed)
  console.log(`the next holder called AWS ${milliseconds} ms after the kill`)
  // Far less than anybody's patience; how long it takes is for the reader.
  expect(milliseconds).toBeLessThan(60_000)

  const answers = await endings(waiting)
  expect(new Set(answers.map(({ code, out }) => `${code} ${out}`)).size).toBe(1)
  expect(JSON.parse(answers[0]?.out ?? '')).toMatchObject({ Version: 1 })
  expect(cloud.calls('AssumeRole')).toHaveLength(2)
  expect(await holder.ended).toMatchObject({ signal: 'SIGKILL', out: '' })
})

test('a refusal is shared by all who waited for it, and by nobody who comes later', async () => {
  await using cloud = await openCloud()
  cloud.sts.fail({ action: 'AssumeRole', delayMs: 3000 })
  const holder = cloud.startPim(['credentials', 'aws:sandbox-denied'], { env })
  await until('the first call', () => cloud.calls('AssumeRole').length === 1)
  // Stopped, it cannot hear its answer before everybody else is waiting.
  holder.child.kill('SIGSTOP')
  const waiting = Array.from({ length: 9 }, () =>
    cloud.startPim(['credentials', 'aws:sandbox-denied'], { env }),
  )
  await Promise.all(waiting.map(({ says }) => says('waiting for')))
  holder.child.kill('SIGCONT')

  const answers = await endings([holder, ...waiting])
  expect(answers.map(({ code, out }) => [code, out])).toEqual(
    Array.from({ length: 10 }, () => [3, '']),
  )
  const words = answers.map(({ err }) =>
    err.split('\n').filter((line) => /error:|hint:/.test(line)),
  )
  expect(new Set(words.map((lines) => lines.join('\n'))).size).toBe(1)
  expect(words[0]?.[0]).toContain('is not authorized to perform: sts:AssumeRole')
  expect(cloud.calls('AssumeRole')).toHaveLength(1)

  const later = await cloud.pim(['credentials', 'aws:sandbox-denied'], { env })
  expect(later.code).toBe(3)
  expect(cloud.calls('AssumeRole')).toHaveLength(2)
  await expectIntactLog(cloud)
})

test('a refusal is not shared with who asks for something else, or why', async () => {
  await using cloud = await openCloud()
  cloud.sts.fail({ action: 'AssumeRole', delayMs: 3000 })
  const ask = (...words: readonly string[]) =>
    cloud.startPim(['elevate', 'aws:sandbox-denied', ...words])
  const holder = ask('-j', 'restart the queue')
  await until('the first call', () => cloud.calls('AssumeRole').length === 1)
  holder.child.kill('SIGSTOP')
  const others = [
    ask('-j', 'look at the queue'),
    ask('-j', 'restart the queue', '-t', 'OPS-1'),
    ask('-j', 'restart the queue', '-d', '30m'),
  ]
  await Promise.all(others.map(({ says }) => says('waiting for')))
  holder.child.kill('SIGCONT')
  const answers = await endings([holder, ...others])
  expect(answers.map(({ code }) => code)).toEqual([3, 3, 3, 3])
  expect(cloud.calls('AssumeRole')).toHaveLength(4)
  await expectIntactLog(cloud)
})

test('holders that are killed one after another leave a queue that still ends well', async () => {
  await using cloud = await openCloud()
  const { holder, waiting } = await startQueue(cloud, 'aws:sandbox-admin', 5)
  let current: Running | undefined = holder
  for (let calls = 2; calls <= 4; calls += 1) {
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 60_000 })
    current?.child.kill('SIGKILL')
    await until('another call', () => cloud.calls('AssumeRole').length === calls)
    const { pid } = await holderOf(cloud, waiting)
    current = waiting.find(({ child }) => child.pid === pid)
  }
  current?.child.kill('SIGKILL')
  const answers = await endings(waiting)
  expect(answers.filter(({ signal }) => signal === 'SIGKILL')).toHaveLength(3)
  expect(answers.filter(({ code }) => code === 0)).toHaveLength(2)
  expect(cloud.calls('AssumeRole')).toHaveLength(5)
})

/** Who is at work, as the others are told. */
async function holderOf(cloud: Cloud, waiting: readonly Running[]): Promise<{ pid: number }> {
  const alive = waiting.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  const late = cloud.startPim(['credentials', 'aws:sandbox-admin'], { env })
  await late.says('waiting for')
  late.child.kill('SIGKILL')
  const { err } = await late.ended
  const pid = Number(/\(process (\d+)\)/.exec(err)?.[1])
  expect(alive.map(({ child }) => child.pid)).toContain(pid)
  return { pid }
}

/** Adds profiles that lead to one role: as many targets. */
function addProfiles(cloud: Cloud, count: number): readonly string[] {
  const names = Array.from({ length: count }, (_, index) => `team-${index + 1}`)
  const { arn } = sandboxRoles.admin
  for (const name of names) {
    const section = `[profile ${name}]\nrole_arn = ${arn}\nsource_profile = sandbox\n`
    appendFileSync(join(cloud.folder, 'aws', 'config'), section)
  }
  return names.map((name) => `aws:${name}`)
}

test.each(['one process each', 'one process'])(
  'elevates to 8 targets at once, in %s',
  async (how) => {
    await using cloud = await openCloud()
    const targets = addProfiles(cloud, 8)
    const groups = how === 'one process' ? [targets] : targets.map((target) => [target])
    const answers = await Promise.all(
      groups.map((group) => cloud.pim(['elevate', ...group, '-j', 'release day', '--json'])),
    )
    expect(answers.map(({ code, err }) => [code, err.includes('error')])).toEqual(
      groups.map(() => [0, false]),
    )
    const elevated = answers.flatMap(({ out }) => JSON.parse(out).elevations)
    expect(elevated.map(({ target, state, changed }) => [target, state, changed])).toEqual(
      targets.map((target) => [target, 'active', true]),
    )
    expect(cloud.calls('AssumeRole')).toHaveLength(8)
    const status = JSON.parse((await cloud.pim(['status', '--json'])).out)
    expect(status.elevations.map(({ target }: { target: string }) => target).toSorted()).toEqual(
      targets,
    )
    await expectIntactLog(cloud)
  },
)

test('the last of two `pim exec` gives back, also when the one that elevated was killed', async () => {
  await using cloud = await openCloud()
  const end = join(cloud.folder, 'end')
  const start = () =>
    cloud.startPim([
      'exec',
      'aws:sandbox-admin',
      '-j',
      'restart the queue',
      '--',
      'sh',
      '-c',
      'echo runs; until [ -e "$0" ]; do sleep 0.05; done',
      end,
    ])
  const isActive = async () =>
    (await cloud.pim(['status', '--check', 'aws:sandbox-admin'])).code === 0
  const first = start()
  await first.says('runs')
  const second = start()
  await second.says('runs')
  // Its command outlives it, and holds its streams.
  const killed = once(first.child, 'exit')
  first.child.kill('SIGKILL')
  await killed
  expect(await isActive()).toBe(true)
  appendFileSync(end, '')
  expect((await second.ended).code).toBe(0)
  expect([await isActive(), cloud.calls('AssumeRole').length]).toEqual([false, 1])
  await expectIntactLog(cloud)
})
