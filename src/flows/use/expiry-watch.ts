import { seconds, type Duration } from '../../core/time/duration.ts'
import { isHeldBy, type Elevation, type ElevationRecords } from '../../core/elevation/elevation.ts'
import { dueNotices, withGiven, type GivenNotices } from '../../core/notice.ts'
import type { Provider } from '../../core/provider.ts'

/** What a running command acts with. */
export interface Lent {
  readonly elevation: Elevation
  readonly access: Provider['access']
}

/** An end that comes while the command runs. */
export interface ComingEnd extends Lent {
  /** The session that has been taken since, which the command itself does not get. */
  readonly next?: Elevation
}

interface EndDeps {
  readonly records: ElevationRecords
  readonly now: () => Date
}

/** How often it is looked whether a right was prolonged, or given back, by somebody else. */
const lookEvery: Duration = seconds(30)

/**
 * Looks, each time it is called, which ends are to be told of now. A session's keys end when they end,
 * whatever was taken since. A right is the person's: the command has it for as long as it is remembered.
 */
export function watchEnds(
  lent: readonly Lent[],
  before: Duration,
  { records, now }: EndDeps,
): () => Promise<readonly ComingEnd[]> {
  let known = lent
  let given: GivenNotices = new Map()
  let lookedAt = now().getTime()
  const due = (): readonly Lent[] => {
    const elevations = known.map(({ elevation }) => elevation)
    const found = dueNotices(elevations, before, now(), given)
    return known.filter(({ elevation }) => found.includes(elevation))
  }
  const isTimeToLook = (): boolean =>
    Math.abs(now().getTime() - lookedAt) >= lookEvery.seconds * 1000
  return async () => {
    if (due().length === 0 && !isTimeToLook()) return []
    lookedAt = now().getTime()
    const latest = await Promise.all(lent.map(async (each) => asRemembered(each, records)))
    known = latest.flatMap((each) => each ?? [])
    const told = due()
    given = withGiven(
      given,
      told.map(({ elevation }) => elevation),
    )
    return Promise.all(told.map((each) => withNext(each, records)))
  }
}

/** Undefined where it was released. Released and had again, it is another elevation of the same right. */
async function asRemembered(lent: Lent, records: ElevationRecords): Promise<Lent | undefined> {
  if (lent.access === 'session') return lent
  const { id, target, identity } = lent.elevation
  const all = await records.of(target)
  const elevation =
    all.find((each) => each.id === id) ??
    all.find((each) => each.state === 'active' && isHeldBy(each, identity))
  return elevation === undefined ? undefined : { ...lent, elevation }
}

async function withNext(lent: Lent, records: ElevationRecords): Promise<ComingEnd> {
  if (lent.access === 'grant') return lent
  const next = (await records.of(lent.elevation.target)).find(
    ({ state, expiresAt }) => state === 'active' && expiresAt > lent.elevation.expiresAt,
  )
  return next === undefined ? lent : { ...lent, next }
}
