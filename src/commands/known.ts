import { isUndecided, type Elevation } from '../core/elevation.ts'
import type { PimError } from '../core/errors.ts'
import { printable, typed } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import { current } from '../flows/current.ts'
import { elevationJson, elevationsJson, statusHeading, statusRow } from '../ui/elevation.ts'

/** What is remembered; `trouble` where its provider could not confirm it. */
export interface Known {
  readonly elevation: Elevation
  readonly trouble?: PimError
}

/** What is active or on its way, the first to end first, as far as its provider confirms it. */
export async function confirmed(deps: Deps): Promise<readonly Known[]> {
  const all = await deps.records.list()
  const remembered = current(all, deps.now())
  const access = await Promise.all(
    [...remembered, ...all.filter(isUndecided)].map(
      async ({ provider }) => (await deps.provider(provider)).access,
    ),
  )
  if (!access.includes('grant')) return remembered.map((elevation) => ({ elevation }))
  const { reconcile } = await import('../flows/reconcile.ts')
  const found = await Promise.all((await reconcile(deps)).map((known) => sayHelper(known, deps)))
  return found.toSorted(
    (one, other) => one.elevation.expiresAt.getTime() - other.elevation.expiresAt.getTime(),
  )
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
  return `\`${printable(target)}\` is shown as of ${age} ago: ${printable(message)}`
}
