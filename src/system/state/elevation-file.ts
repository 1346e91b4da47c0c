import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type {
  Elevation,
  ElevationRecords,
  ReadableRecords,
} from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import type { Identity } from '../../core/identity/identity.ts'
import { providerIds } from '../../core/target.ts'
import { clockMovedMs, type ClockReading, type ReadClock } from '../process/clock-reading.ts'
import { problemWith, readPrivateFile } from '../files/private-file-read.ts'

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
)

/** As far as a machine without a battery can be off: it begins at 1970. */
const farthest = 100 * 366 * 24 * 3600 * 1000

const Holder = v.object({
  cloud: v.string(),
  tenant: v.string(),
  account: v.string(),
  name: v.string(),
  tenantName: v.exactOptional(v.string()),
})

const Remembered = v.object({
  id: v.string(),
  target: v.string(),
  provider: v.picklist(providerIds),
  role: v.string(),
  scope: v.string(),
  state: v.picklist([
    'pending-approval',
    'scheduled',
    'provisioning',
    'active',
    'released',
    'expired',
    'denied',
    'canceled',
    'failed',
  ]),
  requestedAt: Time,
  startsAt: Time,
  expiresAt: Time,
  accessEndsAt: Time,
  justification: v.string(),
  ticket: v.exactOptional(v.object({ system: v.exactOptional(v.string()), number: v.string() })),
  actor: v.object({ user: v.string(), host: v.string(), identity: v.exactOptional(v.string()) }),
  identity: v.exactOptional(Holder),
  providerRequestId: v.exactOptional(v.string()),
  audit: v.exactOptional(v.object({ seq: v.number(), hash: v.string() })),
  confirmedAt: v.exactOptional(Time),
  releasesAt: v.exactOptional(Time),
  unanswered: v.exactOptional(v.literal(true)),
  untilUnused: v.exactOptional(v.literal(true)),
  releaseFailure: v.exactOptional(v.object({ at: Time, code: v.string(), message: v.string() })),
  asked: v.object({ seconds: v.number() }),
  store: v.exactOptional(v.picklist(['keychain', 'keyring', 'file', 'memory'])),
  clockAheadMs: v.pipe(v.number(), v.minValue(-farthest), v.maxValue(farthest)),
  configuration: v.exactOptional(v.string()),
  clock: v.exactOptional(v.object({ at: Time, uptimeSeconds: v.number() })),
  handedOut: v.array(v.string()),
  facts: v.record(v.string(), v.string()),
})

/**
 * One small file for each elevation, 0600 in a 0700 folder, replaced whole. It holds no secret. Files of
 * the version before, one for each target, are read, and replaced when their elevation is written next.
 */
export function createElevationRecords(
  folder: string,
  readClock: ReadClock = () => undefined,
): ElevationRecords {
  const pathOf = ({ target, id }: Name): string =>
    join(folder, `${fileName(target)}.${fileName(id)}.json`)
  /** Where the version before kept it. */
  const formerPathsOf = ({ target, id }: Name): readonly string[] => [
    join(folder, `${fileName(target)}.json`),
    join(folder, `at-${fileName(id)}.json`),
  ]
  const readNow = (names: readonly string[]): ReadableRecords => {
    const { elevations, unreadable } = readAll(names.map((name) => join(folder, name)))
    const clock = readClock()
    return { elevations: elevations.map((each) => asOfNow(each, clock)), unreadable }
  }
  return {
    read: async () => readNow(recordFiles(folder)),
    list: async () => wholeOf(readNow(recordFiles(folder))),
    of: async (target) => {
      const prefix = `${fileName(target)}.`
      const names = recordFiles(folder).filter(
        (name) => name.startsWith(prefix) || name.startsWith('at-'),
      )
      const found = wholeOf(readNow(names))
      return found.filter((each) => each.target === target).toSorted(newestFirst)
    },
    put: async (elevation) => {
      const { replacePrivateFile } = await import('../files/private-file.ts')
      // What is read from here has its reading already, which belongs to its difference of the clocks.
      const { clock = readClock() } = elevation
      const record = JSON.stringify({ ...elevation, ...(clock !== undefined && { clock }) })
      await replacePrivateFile(pathOf(elevation), Buffer.from(`${record}\n`))
      await removeFormer(formerPathsOf(elevation), elevation)
    },
    remove: async (elevation) => {
      const { removePrivateFile } = await import('../files/private-file.ts')
      await removePrivateFile(pathOf(elevation))
      await removeFormer(formerPathsOf(elevation), elevation)
    },
  }
}

type Name = Pick<Elevation, 'id' | 'target'>

async function removeFormer(paths: readonly string[], { id }: Name): Promise<void> {
  for (const path of paths) {
    if (!existsSync(path) || readAll([path]).elevations[0]?.id !== id) continue
    const { removePrivateFile } = await import('../files/private-file.ts')
    await removePrivateFile(path)
  }
}

function newestFirst(one: Elevation, other: Elevation): number {
  return other.requestedAt.getTime() - one.requestedAt.getTime()
}

function readAll(paths: readonly string[]): ReadableRecords {
  const elevations: Elevation[] = []
  const unreadable: PimError[] = []
  for (const path of paths) {
    const read = readRecord(path)
    if (read instanceof PimError) unreadable.push(read)
    else if (read !== undefined) elevations.push(read)
  }
  return { elevations, unreadable }
}

function wholeOf({ elevations, unreadable }: ReadableRecords): readonly Elevation[] {
  const [problem] = unreadable
  if (problem !== undefined) throw problem
  return elevations
}

/** What a file system takes, with what else is in a temporary file's name. */
const longestName = 160

/**
 * Hexadecimal, since some file systems do not tell capitals apart, and no digest of node:crypto, since
 * loading that would cost `pim credentials` 5 ms. A name that is too long is cut and told from others
 * by a sum over all of it; the record itself says whose it is.
 */
function fileName(target: string): string {
  const name = Buffer.from(target).toString('hex')
  return name.length <= longestName ? name : `${name.slice(0, longestName - 16)}${sumOf(name)}`
}

/** FNV-1a, in 64 bits. */
function sumOf(text: string): string {
  let sum = 0xcbf29ce484222325n
  for (const character of text) {
    sum = BigInt.asUintN(64, (sum ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n)
  }
  return sum.toString(16).padStart(16, '0')
}

function recordFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch (cause) {
    if (isAbsent(cause)) return []
    throw unreadable(folder, cause)
  }
}

/** Undefined where another process has removed it since it was listed. */
function readRecord(path: string): Elevation | PimError | undefined {
  try {
    const bytes = readPrivateFile(path)
    if (bytes === undefined) return undefined
    const { identity = formerHolder(parsed(bytes)), ...rest } = v.parse(Remembered, parsed(bytes))
    return identity === undefined ? rest : { ...rest, identity }
  } catch (cause) {
    return isAbsent(cause) ? undefined : unreadable(path, cause)
  }
}

/** With the difference of the clocks as it is where this machine's was set since. */
function asOfNow(elevation: Elevation, clock: ClockReading | undefined): Elevation {
  const movedMs = clockMovedMs(elevation.clock, clock)
  if (movedMs === 0 || clock === undefined) return elevation
  return { ...elevation, clock, clockAheadMs: elevation.clockAheadMs - movedMs }
}

function parsed(bytes: Uint8Array): unknown {
  return JSON.parse(String(bytes))
}

const FormerRecord = v.object({
  configuration: v.string(),
  actor: v.object({ identity: v.string() }),
  facts: v.object({ principalId: v.exactOptional(v.string()) }),
})

const FormerConfiguration = v.pipe(
  v.string(),
  v.parseJson(),
  v.tuple([v.string(), v.unknown(), v.array(v.string())]),
)

/**
 * Who holds a record of the version before, which named no holder: the account that was in use when it
 * was written, as its configuration tells, `authority|tenant|object.tenant|client`.
 */
function formerHolder(record: unknown): Identity | undefined {
  const former = v.safeParse(FormerRecord, record)
  if (!former.success) return undefined
  const configuration = v.safeParse(FormerConfiguration, former.output.configuration)
  const key = configuration.success ? configuration.output[2][0]?.split('|') : undefined
  const [, tenant, home, client] = key ?? []
  if (tenant === undefined || home === undefined || client === undefined) return undefined
  const { facts, actor } = former.output
  const account = facts.principalId ?? home.split('.')[0] ?? home
  return { cloud: 'microsoft', tenant, account, name: actor.identity }
}

function isAbsent(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
}

function unreadable(path: string, cause: unknown): PimError {
  const isDamaged = v.isValiError(cause) || cause instanceof SyntaxError
  const words = cause instanceof PimError ? cause.message : problemWith(path, cause).why
  const why = isDamaged ? 'it is damaged' : words
  return new PimError('unavailable', 'state-unreadable', `pim cannot read ${path}: ${why}`, {
    hint: 'pim cannot tell without it which elevations are active; check its owner, or move it away and run `pim list --active --refresh`',
    cause,
  })
}
