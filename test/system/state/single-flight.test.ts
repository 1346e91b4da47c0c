import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { interrupted, PimError, type ErrorKind } from '../../../src/core/errors.ts'
import type { Flights } from '../../../src/core/elevation/single-flight.ts'
import { createFlights } from '../../../src/system/state/single-flight.ts'
import { startWorker } from '../processes.ts'
import { queueUp } from '../queue-up.ts'

let folder: string
let flights: Flights
const now = () => new Date('2026-03-01T09:00:00Z')
const { signal } = new AbortController()
const options = { signal, patienceSeconds: 20, sharesRefusals: 'the same' }
const refusal = new PimError('refused', 'policy', 'the policy says no', {
  hint: 'ask for less',
  target: 'aws:prod',
  provider: { code: 'AccessDenied', status: 403, requestId: 'r-1' },
})

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pim-flights-'))
  flights = createFlights({ folder: join(folder, 'flights'), command: 'pim test', pid: 1, now })
})
afterEach(() => rm(folder, { recursive: true }))

const failWith = (error: Error) => () => Promise.reject(error)
const thrownBy = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

/** Begins a flight that lasts until it is told how to end. */
async function takeOff() {
  const { promise: end, resolve: land, reject: crash } = Promise.withResolvers<string>()
  const { promise: offTheGround, resolve: off } = Promise.withResolvers<void>()
  const flight = flights.run('key', options, () => {
    off()
    return end
  })
  await offTheGround
  return { flight, land, crash }
}

test('gives back what the work gives back', async () => {
  await expect(flights.run('key', options, async () => 'done')).resolves.toBe('done')
})

test('flies one at a time for one key, and each runs its own work after a success', async () => {
  const first = await takeOff()
  const work = vi.fn<() => Promise<string>>().mockResolvedValue('mine')
  const { flight: second, isWaiting } = queueUp(flights, options, work)
  await isWaiting
  expect(work).not.toHaveBeenCalled()
  first.land('theirs')
  await expect(first.flight).resolves.toBe('theirs')
  await expect(second).resolves.toBe('mine')
})

test('keeps no one waiting for another key', async () => {
  const first = await takeOff()
  await expect(flights.run('other', options, async () => 'free')).resolves.toBe('free')
  first.land('done')
  await first.flight
})

describe('a refusal', () => {
  test('is shared, whole, with those who were waiting', async () => {
    const first = await takeOff()
    const work = vi.fn<() => Promise<string>>()
    const queue = [1, 2, 3].map(() => queueUp(flights, options, work))
    const waiting = queue.map(({ flight }) => thrownBy(flight))
    await Promise.all(queue.map(({ isWaiting }) => isWaiting))
    first.crash(refusal)
    await expect(first.flight).rejects.toBe(refusal)
    for (const error of await Promise.all(waiting)) {
      expect(error).toBeInstanceOf(PimError)
      expect((error as PimError).kind).toBe('refused')
      expect((error as PimError).toJSON()).toEqual(refusal.toJSON())
    }
    expect(work).not.toHaveBeenCalled()
  })

  test.each([
    ['owed to the input of who flew is not shared by those with their own', true, true, 'asked'],
    ['owed to the input of who flew is shared by those without', true, false, 'access-denied'],
    ['owed to nothing of the kind is shared by those with their own', false, true, 'access-denied'],
  ])('%s', async (_, ownInput, hasOwnInput, expected) => {
    const first = await takeOff()
    const { flight, isWaiting } = queueUp(flights, { ...options, hasOwnInput }, async () => 'asked')
    const ended = flight.catch((error: unknown) => (error as PimError).code)
    await isWaiting
    first.crash(new PimError('refused', 'access-denied', 'no', { ownInput }))
    await thrownBy(first.flight)
    expect(await ended).toBe(expected)
  })

  test('does not touch those who come later', async () => {
    await thrownBy(flights.run('key', options, failWith(refusal)))
    await expect(flights.run('key', options, async () => 'asked')).resolves.toBe('asked')
  })

  test('does not touch those who wait for a later flight', async () => {
    await thrownBy(flights.run('key', options, failWith(refusal)))
    const later = await takeOff()
    const { flight: waiting, isWaiting } = queueUp(flights, options, async () => 'asked')
    await isWaiting
    later.crash(interrupted())
    await thrownBy(later.flight)
    await expect(waiting).resolves.toBe('asked')
  })

  test('is nothing to who waited to do another thing', async () => {
    const { flight, crash } = await takeOff()
    const other = { signal, patienceSeconds: 20 }
    const waiting = flights.run('key', other, async () => 'done')
    crash(refusal)
    await thrownBy(flight)
    expect(await waiting).toBe('done')
  })

  test('gives way to a success that came after it', async () => {
    await thrownBy(flights.run('key', options, failWith(refusal)))
    await flights.run('key', options, async () => 'done')
    const [name = ''] = await readdir(join(folder, 'flights'))
    const word = await readFile(join(folder, 'flights', name.replace('.lock', '.json')), 'utf8')
    expect(JSON.parse(word)).toEqual({ generation: 2 })
  })

  test.each<[ErrorKind, boolean]>([
    ['refused', true],
    ['sign-in', true],
    ['unavailable', true],
    ['usage', true],
    ['interrupted', false],
    ['unexpected', false],
    ['audit', false],
    ['pending', false],
  ])('of kind %s is shared: %s', async (kind, isShared) => {
    const first = await takeOff()
    const work = vi.fn<() => Promise<string>>().mockResolvedValue('asked')
    const { flight, isWaiting } = queueUp(flights, options, work)
    const waiting = thrownBy(flight)
    await isWaiting
    first.crash(new PimError(kind, 'some-code', 'some message'))
    await thrownBy(first.flight)
    if (isShared) expect(await waiting).toMatchObject({ kind, code: 'some-code' })
    else expect(await waiting).toBe('asked')
    expect(work).toHaveBeenCalledTimes(isShared ? 0 : 1)
  })

  test('is not made of an error that pim did not foresee', async () => {
    const first = await takeOff()
    const waiting = flights.run('key', options, async () => 'asked')
    first.crash(new TypeError('a bug'))
    await expect(first.flight).rejects.toThrow(TypeError)
    await expect(waiting).resolves.toBe('asked')
  })
})

test.each(['', 'junk', '[]', '{"generation":-1}', '{"generation":9,"refusal":{"kind":"audit"}}'])(
  'takes word that makes no sense for none: %j',
  async (word) => {
    await flights.run('key', options, async () => 'done')
    const [name = ''] = await readdir(join(folder, 'flights'))
    const first = await takeOff()
    const { flight: waiting, isWaiting } = queueUp(flights, options, async () => 'asked')
    await isWaiting
    await writeFile(join(folder, 'flights', name.replace('.lock', '.json')), word)
    first.land('done')
    await expect(waiting).resolves.toBe('asked')
  },
)

test('tells those who wait who is flying, and gives up when their patience ends', async () => {
  const first = await takeOff()
  const onWait = vi.fn<(holder: unknown) => void>()
  const waiting = flights.run('key', { signal, patienceSeconds: 0.1, onWait }, async () => {})
  await expect(waiting).rejects.toMatchObject({ kind: 'unavailable', code: 'flight-timeout' })
  expect(onWait.mock.calls).toEqual([[{ pid: 1, command: 'pim test', since: now() }]])
  first.land('done')
  await first.flight
})

test('stops waiting when it is interrupted', async () => {
  const first = await takeOff()
  const stop = new AbortController()
  const waiting = flights.run('key', { ...options, signal: stop.signal }, async () => {})
  setTimeout(() => stop.abort(), 20)
  await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' })
  first.land('done')
  await first.flight
})

test('leaves neither the key nor anything readable to others', async () => {
  await thrownBy(flights.run('aws:prod-admin', options, failWith(refusal)))
  const names = await readdir(join(folder, 'flights'))
  expect(names.toSorted().map((name) => name.replace(/^[0-9a-f]{64}/, '…'))).toEqual([
    '….json',
    '….lock',
  ])
  for (const name of names) {
    expect((await stat(join(folder, 'flights', name))).mode & 0o777).toBe(0o600)
  }
  expect((await stat(join(folder, 'flights'))).mode & 0o777).toBe(0o700)
})

test('ends with what to do when its folder cannot be made', async () => {
  await writeFile(join(folder, 'file'), '')
  const blocked = createFlights({ folder: join(folder, 'file', 'x'), command: 'pim', pid: 1, now })
  const flight = blocked.run('key', options, async () => {})
  await expect(flight).rejects.toMatchObject({ kind: 'unavailable', code: 'flight-unusable' })
})

describe('among processes', () => {
  const journal = () => join(folder, 'journal')
  const work = () =>
    existsSync(journal()) ? readFileSync(journal(), 'utf8').split('\n').length - 1 : 0
  const start = (end: string) => startWorker(['fly', join(folder, 'flights'), end, journal()])
  const land = () => writeFile(join(folder, 'land'), '')

  test('one is refused and all that waited hear of it', async () => {
    const first = start('refused')
    await first.ready
    const others = Array.from({ length: 4 }, () => start('refused'))
    await Promise.all(others.map((worker) => worker.ready))
    await land()
    for (const { ended } of [first, ...others]) {
      const { code, errors } = await ended
      expect({ code, error: JSON.parse(errors) as unknown }).toEqual({
        code: 1,
        error: refusal.toJSON(),
      })
    }
    expect(work()).toBe(1)
  })

  test('a holder that is killed lets the next one fly', async () => {
    const doomed = start('done')
    await doomed.ready
    const heir = start('done')
    await heir.ready
    expect(work()).toBe(1)
    doomed.child.kill('SIGKILL')
    await doomed.ended
    await land()
    expect(await heir.ended).toEqual({ code: 0, errors: '' })
    expect(work()).toBe(2)
  })
})
