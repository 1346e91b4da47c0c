import type { AuditLog, AuditRecord } from '../../core/audit/audit.ts'
import type {
  Elevation,
  ElevationRecords,
  ReadableRecords,
} from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { LoadProvider } from '../../core/provider.ts'
import { printable, typed } from '../../core/printable.ts'
import { parseTargetText } from '../../core/target.ts'
import { hours, milliseconds } from '../../core/time/duration.ts'
import { formatWhen } from '../../core/time/local-time.ts'
import { isEnding } from './record-once.ts'

export interface KnownDeps {
  readonly records: ElevationRecords
  readonly audit: Pick<AuditLog, 'read'>
  readonly flights: Flights
  readonly provider: LoadProvider
  readonly now: () => Date
  readonly signal: AbortSignal
}

/**
 * What this machine remembers, with an error for each elevation that only the log knows to be active: its
 * file was deleted, and that must not pass for "nothing is active". Reading the log takes longer than all the
 * rest of `pim status`, so a caller may want that only where nothing is remembered.
 */
export async function knownElevations(
  deps: KnownDeps,
  compare: 'always' | 'if-none' = 'always',
): Promise<ReadableRecords> {
  const { elevations, unreadable } = await deps.records.read()
  // A file that cannot be read may be the one that is missing.
  if (unreadable.length > 0) return { elevations, unreadable }
  if (compare === 'if-none' && elevations.length > 0) return { elevations, unreadable }
  const suspects = await activeInLog(elevations, deps)
  const lost = await Promise.all(suspects.map((record) => unlessUnderWay(record, deps)))
  return { elevations, unreadable: lost.flatMap((error) => error ?? []) }
}

/** Without those that a provider itself has named as active: of these nothing is missing. */
export function unlessShown(
  unreadable: readonly PimError[],
  shown: readonly string[],
): readonly PimError[] {
  return unreadable.filter(
    ({ code, target }) =>
      code !== recordMissingCode || target === undefined || !shown.includes(target),
  )
}

const recordMissingCode = 'record-missing'

/** Longer than any provider lets an elevation last. */
const longest = hours(36)

/** The records of what has begun, has not ended, and is not remembered. A log that cannot be read says nothing here. */
async function activeInLog(
  remembered: readonly Elevation[],
  { audit, now }: Pick<KnownDeps, 'audit' | 'now'>,
): Promise<readonly LostGrant[]> {
  const oldest = now().getTime() - milliseconds(longest)
  const endings: AuditRecord[] = []
  const found: LostGrant[] = []
  try {
    for await (const record of audit.read({ order: 'newest-first' })) {
      if (Date.parse(record.time) < oldest) break
      if (isEnding(record.event)) endings.push(record)
      const { target, elevationId, expiresAt } = record
      if (record.event !== 'elevation.active' || target === undefined) continue
      if (typeof expiresAt !== 'string' || Date.parse(expiresAt) <= now().getTime()) continue
      const isKnown =
        remembered.some((each) => isOf(record, each)) || endings.some((each) => ends(each, record))
      if (!isKnown) found.push({ target, elevationId, end: new Date(expiresAt) })
    }
  } catch {
    return []
  }
  return found
}

/** What the log has as active, and nothing else does. */
interface LostGrant {
  readonly target: string
  readonly elevationId: string | undefined
  readonly end: Date
}

/** What was found at the provider has an id of its own here: its holder and its target tell which it was. */
function ends(ending: AuditRecord, begin: AuditRecord): boolean {
  if (ending.elevationId === begin.elevationId) return true
  if (!['elevation.released', 'elevation.expired'].includes(ending.event)) return false
  const [one, other] = [ending['principalId'], begin['principalId']]
  const mayBeSame = one === undefined || other === undefined || one === other
  return ending.target === begin.target && mayBeSame
}

/** A later elevation of the same target takes the place of one that was lost. */
function isOf(
  record: AuditRecord,
  { id, providerRequestId, target, requestedAt }: Elevation,
): boolean {
  if (id === record.elevationId) return true
  if (providerRequestId !== undefined && providerRequestId === record.providerRequestId) return true
  return target === record.target && requestedAt.getTime() > Date.parse(record.time)
}

const patienceSeconds = 1

/** Who activates or releases it at this moment has it on record first, and remembers or forgets it then. */
async function unlessUnderWay(
  { target, elevationId, end }: LostGrant,
  deps: KnownDeps,
): Promise<PimError | undefined> {
  const { signal } = deps
  const again = await deps.flights
    .run(target, { signal, patienceSeconds }, async () =>
      activeInLog((await deps.records.read()).elevations, deps),
    )
    .catch((): readonly LostGrant[] => [])
  const isLost = again.some((each) => each.elevationId === elevationId)
  return isLost ? recordMissing(target, end, deps) : undefined
}

async function recordMissing(target: string, end: Date, deps: KnownDeps): Promise<PimError> {
  const { access } = await deps.provider(parseTargetText(target).provider)
  const until = formatWhen(end, deps.now())
  const hint =
    access === 'grant'
      ? `\`pim release ${typed(target)}\` releases it; \`pim list --active --refresh\` asks the provider`
      : `its keys work until then; \`pim elevate ${typed(target)}\` requests a new session`
  const message = `\`${printable(target)}\` is active until ${until} by the audit log, but its file is missing`
  return new PimError('unavailable', recordMissingCode, message, { target, hint })
}
