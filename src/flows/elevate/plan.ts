import { formatLocalTime, formatWhen } from '../../core/time/local-time.ts'
import { after, formatDuration, milliseconds, minutes } from '../../core/time/duration.ts'
import {
  isHeldBy,
  isLongEnough,
  isPending,
  isUndecided,
  locally,
  remaining,
  type Elevation,
} from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import { planElevation, type ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import { grantedElevation, type GrantedDeps } from '../track/active-at-provider.ts'
import { heldCredentials, type Held, type KeepDeps } from './persist.ts'

export interface ConsiderDeps extends KeepDeps, GrantedDeps {
  readonly settings: () => Promise<Settings>
  readonly newId: () => string
}

/** What the provider demands, with what the person set for when nothing is asked for. */
export async function requirementsFor(
  target: Target,
  provider: Provider,
  deps: Pick<ConsiderDeps, 'settings' | 'signal'>,
): Promise<Requirements> {
  const [requirements, settings] = await Promise.all([
    provider.requirements(target, deps.signal),
    deps.settings(),
  ])
  const set =
    settings.targets[formatTarget(target)]?.duration ??
    requirements.defaultDuration ??
    settings.duration
  return { ...requirements, ...(set !== undefined && { defaultDuration: set }) }
}

/** Nothing to do, with what is held already; or a plan. */
export type Decided =
  | { readonly kind: 'already-active'; readonly held: Held }
  | { readonly kind: 'elevate'; readonly plan: ElevationPlan }

/** Decides on a request as things stand. Nothing is asked for yet. Refusals are thrown. */
export async function consider(
  request: ElevationRequest,
  requirements: Requirements,
  provider: Provider,
  deps: ConsiderDeps,
): Promise<Decided> {
  if (request.start !== undefined && provider.access === 'session') throw cannotSchedule(request)
  if (request.start !== undefined)
    await refuseOverlap(request.target, request.start, provider, deps)
  const held = await inForce(request, provider, deps)
  if (held !== undefined && isPending(held.elevation, deps.now())) {
    return { kind: 'already-active', held }
  }
  if (held !== undefined && provider.access === 'grant') {
    refuseProlonging(request, held.elevation, deps.now())
  }
  const decision = planElevation({
    request,
    requirements,
    current: held?.elevation,
    now: deps.now(),
    id: deps.newId(),
  })
  if (decision.kind === 'elevate') {
    const same = await scheduledAlready(decision.plan, provider, deps)
    return same === undefined ? decision : { kind: 'already-active', held: { elevation: same } }
  }
  return { kind: 'already-active', held: held ?? unheld() }
}

const sameStart = minutes(5)

/**
 * What was scheduled here for about the same time and as long. Throws `refused` (`scheduled-already`) where
 * it overlaps otherwise: the provider would refuse it, in words about something else.
 */
async function scheduledAlready(
  { target, start, duration }: ElevationPlan,
  provider: Provider,
  { records, signal, now }: ConsiderDeps,
): Promise<Elevation | undefined> {
  if (start === undefined) return undefined
  const end = after(start, duration)
  const text = formatTarget(target)
  const { identity } = (await provider.identify(target, signal)) ?? {}
  const other = (await records.of(text)).find(
    (each) =>
      isHeldBy(each, identity) &&
      isUndecided(each) &&
      each.startsAt < end &&
      each.expiresAt > start,
  )
  if (other === undefined) return undefined
  const gap = Math.abs(other.startsAt.getTime() - start.getTime())
  const ends = other.expiresAt.getTime() + milliseconds(sameStart)
  if (gap <= milliseconds(sameStart) && ends >= end.getTime()) return other
  const from = formatWhen(locally(other.startsAt, other), now())
  const until = formatLocalTime(locally(other.expiresAt, other), now())
  throw new PimError(
    'refused',
    'scheduled-already',
    `it is scheduled from ${from} until ${until}`,
    {
      target: text,
      hint: `\`pim cancel ${other.id}\` cancels it`,
    },
  )
}

/** What serves already. `force` asks for a new session; of a right there is never more than one. */
async function inForce(
  { target, force, start }: ElevationRequest,
  provider: Provider,
  deps: ConsiderDeps,
): Promise<Held | undefined> {
  if (provider.access === 'session') return force ? undefined : heldSession(target, provider, deps)
  // What is to begin later is no part of what is in force now.
  if (start !== undefined) return undefined
  const elevation: Elevation | undefined = await grantedElevation(target, provider, deps)
  return elevation && { elevation }
}

/** What a store does not give back now is as good as lost: there will be new credentials. */
async function heldSession(
  target: Target,
  provider: Provider,
  deps: ConsiderDeps,
): Promise<Held | undefined> {
  try {
    return await heldCredentials(target, provider, deps)
  } catch (error) {
    const { message } = asPimError(error)
    deps.tell.notice(formatTarget(target), `${message}; asking for new credentials`)
    return undefined
  }
}

/** A right that is still active by then is not given a second time, and the provider would not say until when. */
async function refuseOverlap(
  target: Target,
  start: Date,
  provider: Provider,
  deps: ConsiderDeps,
): Promise<void> {
  const active = await grantedElevation(target, provider, deps)
  if (active?.state !== 'active' || locally(active.expiresAt, active) <= start) return
  const until = formatWhen(locally(active.expiresAt, active), deps.now())
  const text = formatTarget(target)
  throw new PimError('refused', 'active-already', `it is active until ${until}`, {
    target: text,
    hint: `write a \`--start\` after that. \`pim extend ${typed(text)} -d …\` makes it last longer`,
  })
}

/** A right that is active cannot be asked for once more, neither for longer nor anew. */
function refuseProlonging(
  { target, duration, force }: ElevationRequest,
  elevation: Elevation,
  now: Date,
): void {
  if (!force && isLongEnough(elevation, duration, now)) return
  const text = formatTarget(target)
  const left = formatDuration(remaining(elevation, now))
  throw new PimError('refused', 'active-already', `it is active already, for another ${left}`, {
    target: text,
    hint: `\`pim extend ${typed(text)} -d …\` releases it and asks again`,
  })
}

/**
 * Refuses before anything is asked for what could not be scheduled anyway. Throws `usage`
 * (`cannot-schedule`), and `refused` (`start-too-late`) where the eligibility has ended by then.
 */
export async function assertSchedulable(
  targets: readonly Target[],
  start: Date,
  { provider: load, now }: { readonly provider: LoadProvider; readonly now: () => Date },
): Promise<void> {
  for (const target of targets) {
    if ((await load(target.provider)).access === 'session') throw cannotSchedule({ target })
    const until = target.eligibleUntil
    if (until !== undefined && start >= until) throw tooLate(target, until, now())
  }
}

function tooLate(target: Target, until: Date, now: Date): PimError {
  const end = formatWhen(until, now)
  return new PimError(
    'refused',
    'start-too-late',
    `your eligibility ends at ${end}, before \`--start\``,
    {
      target: formatTarget(target),
      hint: 'write an earlier `--start`, as in `+5m`. If the eligibility was extended, run `pim list --refresh` first',
    },
  )
}

function cannotSchedule({ target }: Pick<ElevationRequest, 'target'>): PimError {
  return new PimError('usage', 'cannot-schedule', 'a session begins when it is issued', {
    target: formatTarget(target),
    hint: 'leave `--start` out, and ask when the time has come',
  })
}

function unheld(): never {
  throw new PimError('unexpected', 'nothing-held', 'found active what is not held')
}
