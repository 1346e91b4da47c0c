import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Elevation, ElevationRecords } from '../core/elevation.ts'
import { providerIds } from '../core/target.ts'
import { readPrivateFile } from './private-read.ts'

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
)

/** No clock that anybody works with is a year off. */
const farthest = 366 * 24 * 3600 * 1000

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
  providerRequestId: v.exactOptional(v.string()),
  audit: v.exactOptional(v.object({ seq: v.number(), hash: v.string() })),
  confirmedAt: v.exactOptional(Time),
  releasesAt: v.exactOptional(Time),
  unanswered: v.exactOptional(v.literal(true)),
  untilUnused: v.exactOptional(v.literal(true)),
  asked: v.object({ seconds: v.number() }),
  store: v.exactOptional(v.picklist(['keychain', 'keyring', 'file', 'memory'])),
  clockAheadMs: v.pipe(v.number(), v.minValue(-farthest), v.maxValue(farthest)),
  configuration: v.exactOptional(v.string()),
  handedOut: v.array(v.string()),
  facts: v.record(v.string(), v.string()),
})

/**
 * One small file for each target, and for each elevation that is scheduled, 0600 in a 0700 folder,
 * replaced whole. It holds no secret. A file that cannot be understood counts as absent: at worst
 * something is asked for again.
 */
export function createElevationRecords(folder: string): ElevationRecords {
  const pathOf = (target: string): string => join(folder, `${fileName(target)}.json`)
  const scheduledPathOf = (id: string): string => join(folder, `at-${fileName(id)}.json`)
  return {
    list: async () =>
      fileNames(folder)
        .filter((name) => name.endsWith('.json'))
        .flatMap((name) => readRecord(join(folder, name)) ?? []),
    get: async (target) => {
      const elevation = readRecord(pathOf(target))
      return elevation?.target === target ? elevation : undefined
    },
    put: async (elevation) => {
      const { removePrivateFile, replacePrivateFile } = await import('./private-file.ts')
      const { id, target, state } = elevation
      const [to, from] = [pathOf(target), scheduledPathOf(id)]
      const isScheduled = state === 'scheduled'
      const bytes = Buffer.from(`${JSON.stringify(elevation)}\n`)
      await replacePrivateFile(isScheduled ? from : to, bytes)
      if (!isScheduled) await removePrivateFile(from)
      else if (readRecord(to)?.id === id) await removePrivateFile(to)
    },
    remove: async ({ id, target }) => {
      const { removePrivateFile } = await import('./private-file.ts')
      await removePrivateFile(scheduledPathOf(id))
      if ((readRecord(pathOf(target))?.id ?? id) === id) await removePrivateFile(pathOf(target))
    },
  }
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

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function readRecord(path: string): Elevation | undefined {
  try {
    const parsed = v.safeParse(Remembered, JSON.parse(String(readPrivateFile(path))))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
