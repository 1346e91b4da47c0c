import { formatDuration, seconds } from '../../core/time/duration.ts'
import { hasPassed, type Elevation, type ReadableRecords } from '../../core/elevation/elevation.ts'
import { byHolder, type NotAsked } from '../../core/elevation/not-asked.ts'
import type { PimError } from '../../core/errors.ts'
import { ofChoice } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { current } from '../../flows/track/active.ts'
import type { Deadline } from '../../flows/track/deadline.ts'
import { knownElevations } from '../../flows/record/lost.ts'
import { finishAbandoned } from '../../flows/record/unfinished.ts'
import { chosen } from '../account/identity-filter.ts'
import { leftOutLines, notAskedJson } from '../../ui/not-asked.ts'
import { elevationJson, elevationsJson, statusColumns, statusRows } from '../../ui/elevation.ts'

/** What is remembered; `trouble` where its provider could not confirm it. */
export interface Known {
  readonly elevation: Elevation
  readonly trouble?: PimError
}

/** What this machine knows: elevations, and what of its own state it could not read. */
export interface Confirmed {
  readonly known: readonly Known[]
  readonly unreadable: readonly PimError[]
  /** What other accounts hold, where a person named one. */
  readonly notAsked: readonly NotAsked[]
}

/** For so long a provider is waited for, unless somebody asks for more: prompts of shells run this. */
export const limitMs = 2000

export interface Asking {
  /** Asks about everything, and waits for the answers. */
  readonly refresh?: boolean | undefined
  /** Asks also about what was confirmed a moment ago. */
  readonly anew?: boolean
  /** Only about these targets. */
  readonly only?: readonly string[] | undefined
}

/**
 * What is active or on its way, the first to end first, as far as its provider confirms it within two
 * seconds.
 */
export async function confirmed(deps: Deps, asking: Asking = {}): Promise<Confirmed> {
  await finishAbandoned(deps, deps.io.detail)
  const { elevations, unreadable, notAsked } = await remembered(asking, deps, () =>
    knownElevations(
      deps,
      asking.refresh === true || asking.only !== undefined ? 'always' : 'if-none',
    ),
  )
  const access = await Promise.all(
    elevations.map(async ({ provider }) => (await deps.provider(provider)).access),
  )
  const isInDoubt = elevations.some((each) => hasPassed(each, deps.now()) === 'unclear')
  if (!access.includes('grant') && !isInDoubt) {
    const known = current(elevations, deps.now()).map((elevation) => ({ elevation }))
    await resume(elevations, deps)
    return { known, unreadable, notAsked }
  }
  const { reconcile } = await import('../../flows/track/reconcile.ts')
  const maxAge = asking.refresh === true || asking.anew === true ? { maxAge: seconds(0) } : {}
  const found = asking.refresh
    ? await reconcile(elevations, { ...deps, ...maxAge })
    : await withDeadline(deps, (deadline) =>
        reconcile(elevations, { ...deps, ...maxAge, deadline }),
      )
  await resume(
    found.map(({ elevation }) => elevation),
    deps,
  )
  const known = found.toSorted(
    (one, other) => one.elevation.expiresAt.getTime() - other.elevation.expiresAt.getTime(),
  )
  return { known, unreadable, notAsked }
}

/** Those of the identity that was named, and of the targets that were asked about. */
export async function remembered(
  { only }: Pick<Asking, 'only'>,
  deps: Deps,
  read: (deps: Deps) => Promise<ReadableRecords> = ({ records }) => records.read(),
): Promise<ReadableRecords & Pick<Confirmed, 'notAsked'>> {
  const { elevations, unreadable } = await read(deps)
  const holders = elevations.map(({ identity }) => identity)
  const isMeant = await chosen(deps, holders)
  const wanted = elevations.filter(({ target }) => only === undefined || only.includes(target))
  const others = wanted.filter(({ identity }) => !isMeant(identity))
  return {
    elevations: wanted.filter(({ identity }) => isMeant(identity)),
    unreadable: unreadable.filter(
      ({ target }) => target === undefined || only === undefined || only.includes(target),
    ),
    notAsked: byHolder(others, 'other-account', deps.now()),
  }
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

/** What a command left active that is gone, is released by a helper that is started for it now. */
export async function resume(
  elevations: readonly Elevation[],
  deps: Pick<Deps, 'uses' | 'now' | 'handOver' | 'io'>,
): Promise<void> {
  if (!elevations.some(({ untilUnused }) => untilUnused === true)) return
  const { resumeReleases } = await import('../../flows/release/release-later.ts')
  const left = await resumeReleases(elevations, deps).catch(() => [])
  for (const { target } of left) {
    deps.io.warn(`\`${printable(target)}\` was left active; a helper releases it now`)
  }
}

/** Prints it, as a table or as JSON, and says what could not be confirmed. */
export async function show(
  { known, unreadable, notAsked }: Confirmed,
  { io, now, globals }: Pick<Deps, 'io' | 'now' | 'globals'>,
  form: 'document' | 'line' = 'document',
): Promise<void> {
  // An end that only this machine's clock has seen is neither active nor over.
  const isUnknown = (elevation: Elevation): boolean => isOverByClock(elevation, now())
  if (io.wantsJson) {
    const entries = known.map(({ elevation, trouble }) => ({
      ...elevationJson(elevation, false),
      ...(isUnknown(elevation) && { state: 'unknown' }),
      ...(trouble !== undefined && { error: trouble.toJSON() }),
    }))
    const errors = unreadable.map((error) => error.toJSON())
    io.json(
      {
        ...elevationsJson(entries),
        ...(errors.length > 0 && { errors }),
        ...(notAsked.length > 0 && { notAsked: notAsked.map(notAskedJson) }),
      },
      form,
    )
  } else if (known.length > 0) {
    const { table } = await import('../../ui/output/table.ts')
    const elevations = known.map(({ elevation }) => elevation)
    io.out(table(statusColumns, statusRows(elevations, now(), isUnknown), io.width()))
  } else if (unreadable.length === 0) {
    io.note(`No active elevations${ofChoice(globals)} from this machine`)
  }
  for (const line of leftOutLines(notAsked)) io.note(line)
  for (const error of unreadable) io.error(error)
  for (const { elevation, trouble } of known) {
    if (trouble !== undefined) io.warn(await unconfirmed(elevation, trouble, now()))
    if (elevation.releaseFailure !== undefined) io.warn(await notReleased(elevation, now()))
  }
}

function isOverByClock(elevation: Elevation, now: Date): boolean {
  return elevation.state === 'active' && hasPassed(elevation, now) === 'yes'
}

async function notReleased({ target, releaseFailure }: Elevation, now: Date): Promise<string> {
  if (releaseFailure === undefined) return `\`${printable(target)}\` could not be released`
  const { formatWhen } = await import('../../core/time/local-time.ts')
  const { at, message } = releaseFailure
  return `\`${printable(target)}\` could not be released at ${formatWhen(at, now)}: ${printable(message)}`
}

async function unconfirmed(
  elevation: Elevation,
  { kind, message, hint }: PimError,
  now: Date,
): Promise<string> {
  const target = `\`${printable(elevation.target)}\``
  const why = printable(message)
  if (isOverByClock(elevation, now)) {
    const { formatLocalTime } = await import('../../core/time/local-time.ts')
    const end = formatLocalTime(elevation.expiresAt, now)
    return `${target} ended at ${end} by this machine's clock; pim could not ask: ${why}`
  }
  const { formatAge } = await import('../../core/time/local-time.ts')
  const age = formatAge(elevation.confirmedAt ?? elevation.requestedAt, now)
  const next = kind === 'sign-in' && hint !== undefined ? printable(hint) : '`--refresh` reloads'
  return `${target}: ${why}; cached ${age} ago, ${next}`
}
