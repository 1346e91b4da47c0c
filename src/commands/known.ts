import { formatDuration, seconds } from '../core/duration.ts'
import { isUndecided, type Elevation } from '../core/elevation.ts'
import type { PimError } from '../core/errors.ts'
import { printable, typed } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import { current } from '../flows/current.ts'
import type { Deadline } from '../flows/deadline.ts'
import { elevationJson, elevationsJson, statusHeading, statusRow } from '../ui/elevation.ts'

/** What is remembered; `trouble` where its provider could not confirm it. */
export interface Known {
  readonly elevation: Elevation
  readonly trouble?: PimError
}

/** For so long a provider is waited for, unless somebody asks for more: prompts of shells run this. */
export const limitMs = 2000

export interface Asking {
  /** Asks about everything, and waits for the answers. */
  readonly refresh?: boolean | undefined
  /** Only about this target. */
  readonly only?: string | undefined
}

/**
 * What is active or on its way, the first to end first, as far as its provider confirms it within two
 * seconds.
 */
export async function confirmed(deps: Deps, asking: Asking = {}): Promise<readonly Known[]> {
  const { refresh = false, only } = asking
  const isWanted = ({ target }: Elevation): boolean => only === undefined || target === only
  const all = (await deps.records.list()).filter(isWanted)
  const remembered = current(all, deps.now())
  const access = await Promise.all(
    [...remembered, ...all.filter(isUndecided)].map(
      async ({ provider }) => (await deps.provider(provider)).access,
    ),
  )
  if (!access.includes('grant')) return remembered.map((elevation) => ({ elevation }))
  const { reconcile } = await import('../flows/reconcile.ts')
  const reconciled = refresh
    ? await reconcile({ ...deps, isWanted, maxAge: seconds(0) })
    : await withDeadline(deps, (deadline) => reconcile({ ...deps, isWanted, deadline }))
  const found = await Promise.all(reconciled.map((known) => sayHelper(known, deps)))
  return found.toSorted(
    (one, other) => one.elevation.expiresAt.getTime() - other.elevation.expiresAt.getTime(),
  )
}

/** What comes of work until the deadline; what is left open then does not hold the process. */
export async function withDeadline<Result>(
  { host }: Pick<Deps, 'host'>,
  work: (deadline: Deadline) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController()
  const timer = setTimeout(() => end.abort(), limitMs)
  try {
    return await work({
      signal: end.signal,
      limit: formatDuration(seconds(limitMs / 1000)),
      onLate: host.onStuck,
    })
  } finally {
    clearTimeout(timer)
  }
}

async function sayHelper(known: Known, deps: Deps): Promise<Known> {
  if (known.elevation.releasesAt === undefined) return known
  const { withHelper } = await import('../flows/give-back-later.ts')
  const { elevation, isGone } = await withHelper(known.elevation, deps)
  if (isGone) {
    deps.io.warn(
      `the helper that was to give \`${printable(elevation.target)}\` back is gone; \`pim release ${typed(elevation.target)}\` gives it back`,
    )
  }
  return { ...known, elevation }
}

/** Prints it, as a table or as JSON, and says what could not be confirmed. */
export async function show(
  known: readonly Known[],
  { io, now }: Pick<Deps, 'io' | 'now'>,
  form: 'document' | 'line' = 'document',
): Promise<void> {
  if (io.wantsJson) {
    const entries = known.map(({ elevation, trouble }) => ({
      ...elevationJson(elevation, false),
      ...(trouble !== undefined && { error: trouble.toJSON() }),
    }))
    io.json(elevationsJson(entries), form)
  } else if (known.length === 0) {
    io.note('nothing is active that was elevated from here')
  } else {
    const { table } = await import('../ui/table.ts')
    const rows = known.map(({ elevation }) => statusRow(elevation, now()))
    io.out(table(statusHeading, rows))
  }
  for (const { elevation, trouble } of known) {
    if (trouble !== undefined) io.warn(await unconfirmed(elevation, trouble, now()))
  }
}

async function unconfirmed(
  { target, confirmedAt, requestedAt }: Elevation,
  { message }: PimError,
  now: Date,
): Promise<string> {
  const { formatAge } = await import('../ui/clock.ts')
  const age = formatAge(confirmedAt ?? requestedAt, now)
  return `\`${printable(target)}\`: ${printable(message)}; cached ${age} ago, \`--refresh\` reloads`
}
