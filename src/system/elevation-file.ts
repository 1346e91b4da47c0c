import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import type { Elevation, ElevationRecords } from '../core/elevation.ts'
import { providerIds } from '../core/target.ts'
import { readPrivateFile, removePrivateFile, replacePrivateFile } from './private-file.ts'

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
)

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
  asked: v.object({ seconds: v.number() }),
  store: v.exactOptional(v.picklist(['keychain', 'keyring', 'file', 'memory'])),
  clockAheadMs: v.number(),
  configuration: v.exactOptional(v.string()),
  handedOut: v.array(v.string()),
  facts: v.record(v.string(), v.string()),
})

/**
 * One small file for each target, 0600 in a 0700 folder, replaced whole. It holds no secret. A file
 * that cannot be understood counts as absent: at worst something is asked for again.
 */
export function createElevationRecords(folder: string): ElevationRecords {
  const pathOf = (target: string): string =>
    join(folder, `${createHash('sha256').update(target).digest('hex').slice(0, 32)}.json`)
  return {
    list: async () => {
      const names = await readdir(folder).catch(() => [])
      const read = names
        .filter((name) => name.endsWith('.json'))
        .map((name) => readRecord(join(folder, name)))
      return (await Promise.all(read)).filter((elevation) => elevation !== undefined)
    },
    get: async (target) => {
      const elevation = await readRecord(pathOf(target))
      return elevation?.target === target ? elevation : undefined
    },
    put: async (elevation) =>
      replacePrivateFile(pathOf(elevation.target), Buffer.from(`${JSON.stringify(elevation)}\n`)),
    remove: async (target) => void (await removePrivateFile(pathOf(target))),
  }
}

async function readRecord(path: string): Promise<Elevation | undefined> {
  try {
    const parsed = v.safeParse(Remembered, JSON.parse(String(await readPrivateFile(path))))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
