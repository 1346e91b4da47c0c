import { createRequire } from 'node:module'
import { constants } from 'node:fs'
import { open, rm, stat, type FileHandle } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { interrupted, PimError } from '../../core/errors.ts'
import type { FlightHolder } from '../../core/elevation/single-flight.ts'
import { formatWhen } from '../../core/time/local-time.ts'
import { printable } from '../../core/printable.ts'
import { systemCode } from '../../core/system-error.ts'
import { problemWith } from './private-file-read.ts'

export interface LockOptions {
  /** What others are told about us while we hold the lock. */
  readonly holder: FlightHolder
  readonly signal?: AbortSignal | undefined
  /** How long to wait for one holder before giving up with `unavailable`, `lock-timeout`. */
  readonly patienceSeconds: number
  /** Called once, when the lock is found taken. */
  readonly onWait?: ((holder: FlightHolder | undefined) => void) | undefined
}

/**
 * Does the work while no other process, and nothing else in this one, holds the lock on this file.
 * The kernel lets go when a process dies, so no lock is ever stale. The file stays where it is:
 * removing it would let two processes hold two files of one name.
 */
export async function withLock<T>(
  path: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  throwIfAborted(options.signal)
  const { tryLock, unlock } = loadLocks()
  const file = await openLockFile(path)
  try {
    await acquire(path, options, () => isGranted(path, () => tryLock(file.fd)))
    try {
      await leaveWord(file, options.holder)
      return await work()
    } finally {
      await file.truncate(0).catch(() => {})
      // Not by closing alone: a child between fork and exec shares the open file.
      unlock(file.fd)
    }
  } finally {
    await file.close()
  }
}

/** Node closes a file that nothing refers to, and its lock would be lost with it. */
const shared = new Set<FileHandle>()

/** Whoever looks whether a lock is held has it for a moment; this often that is waited out. */
const looks = 20
const lookMs = 5

/**
 * Shares the lock on this file with whoever shares it too, until the returned function is called or this
 * process ends. Throws `unavailable`, `lock-unusable` where somebody keeps it to themselves.
 */
export async function shareLock(path: string, tries = looks): Promise<() => Promise<void>> {
  const { tryLock, unlock } = loadLocks()
  const file = await openLockFile(path)
  const isTaken = isGranted(path, () => tryLock(file.fd, { shared: true }))
  if (!isTaken || (await wasRemoved(file, path))) {
    await file.close()
    if (tries === 0) throw unusable(path, new Error('another process has it'))
    await sleep(lookMs)
    return shareLock(path, tries - 1)
  }
  shared.add(file)
  return async () => {
    if (!shared.delete(file)) return
    unlock(file.fd)
    await file.close()
  }
}

/** Whether the name leads to another file by now, or to none. */
async function wasRemoved(file: FileHandle, path: string): Promise<boolean> {
  const [mine, named] = await Promise.all([file.stat(), stat(path).catch(() => undefined)])
  return named === undefined || named.ino !== mine.ino
}

/**
 * Removes this file unless somebody holds its lock, shared or not; false where somebody does. It goes while
 * the lock is held here, so that who waits for it finds the file gone, and makes another. `before` is done
 * first, under the lock; where it throws, the file stays.
 */
export async function removeUnlessLocked(
  path: string,
  before: () => Promise<void> = async () => {},
): Promise<boolean> {
  const { tryLock, unlock } = loadLocks()
  const file = await openLockFile(path)
  try {
    // Who shares it uses it. Another who only looks has it alone, and not for long.
    for (let left = looks, shares = 0; !isGranted(path, () => tryLock(file.fd)); left -= 1) {
      const isShared = isGranted(path, () => tryLock(file.fd, { shared: true }))
      if (isShared) unlock(file.fd)
      shares += isShared ? 1 : 0
      if (left === 0 || shares > 3) return false
      await sleep(lookMs)
    }
    try {
      await before()
      await rm(path, { force: true })
    } finally {
      unlock(file.fd)
    }
    return true
  } finally {
    await file.close()
  }
}

/** The part of `fs-native-extensions` that is used. */
interface FileLocks {
  /** Resolves at once: false where another open file holds the lock. */
  readonly tryLock: (descriptor: number, options?: { readonly shared: boolean }) => boolean
  readonly unlock: (descriptor: number) => void
}

function loadLocks(): FileLocks {
  try {
    // From CommonJS, import() would bring the loader of ES modules along, at 10 ms.
    const locks: FileLocks = createRequire(import.meta.url)('fs-native-extensions')
    return locks
  } catch (cause) {
    throw new PimError('unavailable', 'lock-unusable', 'file locks do not work on this system', {
      hint: 'the native part of `fs-native-extensions` could not be loaded; install pim again',
      cause,
    })
  }
}

async function openLockFile(path: string): Promise<FileHandle> {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const file = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
    if ((await file.stat()).isFile()) return file
    await file.close()
  } catch (cause) {
    throw unusable(path, cause)
  }
  throw unusable(path, new Error('not a regular file'))
}

async function acquire(path: string, options: LockOptions, isGrantedNow: () => boolean) {
  const { signal, patienceSeconds, onWait } = options
  const patienceMs = patienceSeconds * 1000
  let end = performance.now() + patienceMs
  let seen: FlightHolder | undefined
  for (let pause = 10, silences = 0; !isGrantedNow(); pause = Math.min(pause * 1.5, 100)) {
    if (pause === 10) onWait?.((seen = await readHolder(path)))
    const left = end - performance.now()
    if (left <= 0) {
      const holder = await readHolder(path)
      // Between two holders there is no word, and on a full disk never.
      const isSilent = holder === undefined && silences < mostSilences
      if (!isSilent && isSame(holder, seen)) throw timedOut(path, patienceSeconds, holder)
      silences = isSilent ? silences + 1 : 0
      if (!isSilent) {
        // The queue moves: the next holder is waited for as long.
        seen = holder
        end = performance.now() + patienceMs
      }
    }
    // Jitter, so that those who wait do not keep asking at the same moments.
    const wait = Math.min(left > 0 ? left : pause, pause * (0.5 + Math.random() / 2))
    await sleep(wait, undefined, { signal }).catch(() => {})
    throwIfAborted(signal)
  }
}

const mostSilences = 10

function isSame(one: FlightHolder | undefined, other: FlightHolder | undefined): boolean {
  return one?.pid === other?.pid && one?.since.getTime() === other?.since.getTime()
}

function isGranted(path: string, tryLock: () => boolean): boolean {
  try {
    return tryLock()
  } catch (cause) {
    // What Windows answers for a lock that is taken.
    if (systemCode(cause) === 'EBUSY') return false
    throw unusable(path, cause)
  }
}

const Holder = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  command: v.pipe(v.string(), v.maxLength(1000)),
  since: v.pipe(
    v.string(),
    v.isoTimestamp(),
    v.transform((time) => new Date(time)),
  ),
})

// The lock is what counts: a full disk costs those who wait the name of the holder, no more.
async function leaveWord(file: FileHandle, holder: FlightHolder): Promise<void> {
  const word = Buffer.from(JSON.stringify(holder))
  await file
    .truncate(0)
    .then(() => file.write(word, 0, word.length, 0))
    .catch(() => {})
}

async function readHolder(path: string): Promise<FlightHolder | undefined> {
  try {
    const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
    await using file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0)
    return v.parse(Holder, JSON.parse(buffer.toString('utf8', 0, bytesRead)))
  } catch {
    return undefined
  }
}

function timedOut(path: string, seconds: number, holder: FlightHolder | undefined): PimError {
  const who = holder
    ? `\`${printable(holder.command)}\` (process ${holder.pid}, since ${formatWhen(holder.since, new Date())})`
    : 'another process'
  return new PimError('unavailable', 'lock-timeout', `${who} held ${path} for over ${seconds} s`, {
    hint: holder
      ? `wait for process ${holder.pid} to end, or end it, and try again`
      : 'wait for the other `pim` to end and try again',
  })
}

function unusable(path: string, cause: unknown): PimError {
  const { why, hint } = problemWith(path, cause)
  return new PimError('unavailable', 'lock-unusable', `cannot lock ${path}: ${why}`, {
    hint,
    cause,
  })
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw signal.reason instanceof PimError ? signal.reason : interrupted(signal.reason)
}
