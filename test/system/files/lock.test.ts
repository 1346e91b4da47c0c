import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { withLock } from '../../../src/system/files/lock.ts'
import { startWorker } from '../processes.ts'

let folder: string
let path: string
const holder = { pid: 4711, command: 'pim elevate', since: new Date('2026-03-01T09:00:00Z') }
const patient = { holder, patienceSeconds: 20 }

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pim-lock-'))
  path = join(folder, 'one.lock')
})
afterEach(() => rm(folder, { recursive: true }))

/** Takes the lock and holds it until it is told to let go. */
async function hold(): Promise<() => Promise<void>> {
  const { promise: untilReleased, resolve: release } = Promise.withResolvers<void>()
  const { promise: untilHeld, resolve: held } = Promise.withResolvers<void>()
  const ended = withLock(path, patient, async () => {
    held()
    await untilReleased
  })
  await untilHeld
  return async () => {
    release()
    await ended
  }
}

test('gives back what the work gives back, and lets go', async () => {
  await expect(withLock(path, patient, async () => 'done')).resolves.toBe('done')
  await expect(withLock(path, patient, async () => 'again')).resolves.toBe('again')
})

test('lets go when the work fails', async () => {
  const failing = withLock(path, patient, () => Promise.reject(new Error('no')))
  await expect(failing).rejects.toThrow('no')
  await expect(withLock(path, patient, async () => 'free')).resolves.toBe('free')
})

test('lets one at a time work within one process', async () => {
  let working = 0
  let most = 0
  const work = async () => {
    most = Math.max(most, (working += 1))
    await new Promise((resolve) => setTimeout(resolve, 5))
    working -= 1
  }
  await Promise.all(Array.from({ length: 8 }, () => withLock(path, patient, work)))
  expect(most).toBe(1)
})

test('lets one at a time work among processes', async () => {
  const workers = Array.from({ length: 6 }, () => startWorker(['count', path, '10']))
  const ends = await Promise.all(workers.map((worker) => worker.ended))
  expect(ends.map(({ code, errors }) => `${code} ${errors}`)).toEqual(Array(6).fill('0 '))
  expect(await readFile(join(folder, 'counter'), 'utf8')).toBe('60')
})

test('is free at once when its holder is killed', async () => {
  const worker = startWorker(['hold', path])
  await worker.ready
  await expect(withLock(path, { holder, patienceSeconds: 0.1 }, async () => {})).rejects.toThrow()
  worker.child.kill('SIGKILL')
  await worker.ended
  const options = { holder, patienceSeconds: 1 }
  await expect(withLock(path, options, async () => 'free')).resolves.toBe('free')
})

test('is not kept by a child that outlives the work', async () => {
  const child = await withLock(path, patient, async () => {
    const started = spawn('sleep', ['30'], { stdio: 'ignore' })
    await once(started, 'spawn')
    return started
  })
  const options = { holder, patienceSeconds: 0.5 }
  await expect(withLock(path, options, async () => 'free')).resolves.toBe('free')
  child.kill('SIGKILL')
})

test('tells once who holds it', async () => {
  const worker = startWorker(['hold', path])
  await worker.ready
  const onWait = vi.fn<(found: unknown) => void>()
  const options = { holder, patienceSeconds: 0.3, onWait }
  const error = await withLock(path, options, async () => {}).catch((thrown: unknown) => thrown)
  const found = { pid: worker.child.pid, command: 'pim hold', since: expect.any(Date) as Date }
  expect(onWait.mock.calls).toEqual([[found]])
  expect(error).toBeInstanceOf(PimError)
  expect(error).toMatchObject({ kind: 'unavailable', code: 'lock-timeout' })
  expect((error as PimError).message).toContain(`\`pim hold\` (process ${worker.child.pid}, since`)
  worker.child.kill('SIGKILL')
  await worker.ended
})

test.each(['', 'junk', '{"pid":-1,"command":"x","since":"2026-03-01T09:00:00Z"}', '[]'])(
  'takes no word for a holder that makes no sense: %j',
  async (word) => {
    const release = await hold()
    await writeFile(path, word)
    const onWait = vi.fn<(found: unknown) => void>()
    const options = { holder, patienceSeconds: 0, onWait }
    await expect(withLock(path, options, async () => {})).rejects.toThrow('another process held')
    expect(onWait.mock.calls).toEqual([[undefined]])
    await release()
  },
)

test('lets no holder drive the terminal of those who wait', async () => {
  const release = await hold()
  await writeFile(path, JSON.stringify({ ...holder, command: '\u{1b}[2Jpim' }))
  const waiting = withLock(path, { holder, patienceSeconds: 0 }, async () => {})
  await expect(waiting).rejects.toThrow('`\\u{1b}[2Jpim`')
  await release()
})

test('stops waiting when it is interrupted', async () => {
  const release = await hold()
  const stop = new AbortController()
  const waiting = withLock(path, { ...patient, signal: stop.signal }, async () => {})
  setTimeout(() => stop.abort(), 20)
  await expect(waiting).rejects.toMatchObject({ kind: 'interrupted' })
  await release()
})

test('does not begin when it was interrupted before', async () => {
  const work = vi.fn<() => Promise<void>>()
  const options = { ...patient, signal: AbortSignal.abort() }
  await expect(withLock(path, options, work)).rejects.toMatchObject({ kind: 'interrupted' })
  expect(work).not.toHaveBeenCalled()
})

test('stays where it is, readable by its owner only and empty', async () => {
  await withLock(path, patient, async () => {})
  const { mode, size } = await stat(path)
  expect({ mode: mode & 0o777, size }).toEqual({ mode: 0o600, size: 0 })
})

test('is not taken through a symbolic link', async () => {
  await writeFile(join(folder, 'precious'), 'precious')
  await symlink(join(folder, 'precious'), path)
  const locking = withLock(path, patient, async () => {})
  await expect(locking).rejects.toMatchObject({ kind: 'unavailable', code: 'lock-unusable' })
  expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('precious')
})
