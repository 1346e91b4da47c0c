import { formatRemaining } from '../core/time/duration.ts'
import {
  afterlife,
  locally,
  type Elevation,
  type ElevationState,
} from '../core/elevation/elevation.ts'
import { isPlanned } from '../core/elevation/lifecycle.ts'
import type { PimError } from '../core/errors.ts'
import type { ElevationPlan } from '../core/elevation/plan.ts'
import { after } from '../core/time/duration.ts'
import { formatIdentity } from '../core/identity/identity.ts'
import { printable } from '../core/printable.ts'
import type { CloudIdentity } from '../core/provider.ts'
import { formatTarget, providerIds } from '../core/target.ts'
import type { Column } from './output/column-widths.ts'
import { formatBothTimes, formatLocalTime } from '../core/time/local-time.ts'

/** One entry of `pim.elevations/v1`. */
export function elevationJson(
  elevation: Elevation,
  changed: boolean,
): Readonly<Record<string, unknown>> {
  const { ticket, providerRequestId, audit } = elevation
  return {
    id: elevation.id,
    target: elevation.target,
    provider: elevation.provider,
    role: elevation.role,
    scope: elevation.scope,
    state: elevation.state,
    changed,
    requestedAt: elevation.requestedAt.toISOString(),
    ...timesOf(elevation),
    justification: elevation.justification,
    ...(ticket !== undefined && { ticket }),
    actor: elevation.actor,
    ...(elevation.identity !== undefined && { identity: elevation.identity }),
    ...(providerRequestId !== undefined && { providerRequestId }),
    ...(elevation.confirmedAt !== undefined && {
      confirmedAt: elevation.confirmedAt.toISOString(),
    }),
    ...(elevation.releasesAt !== undefined && {
      releasesAt: elevation.releasesAt.toISOString(),
    }),
    ...(elevation.releaseFailure !== undefined && {
      releaseFailure: {
        ...elevation.releaseFailure,
        at: elevation.releaseFailure.at.toISOString(),
      },
    }),
    ...(audit !== undefined && { audit }),
  }
}

/** What was not granted has no times; a planned start is what was asked for. */
function timesOf(elevation: Elevation): Readonly<Record<string, string>> {
  const { state, startsAt, expiresAt, accessEndsAt } = elevation
  const start = { startsAt: startsAt.toISOString() }
  if (notGranted.has(state)) return isPlanned(elevation) ? start : {}
  return {
    ...start,
    expiresAt: expiresAt.toISOString(),
    accessEndsAt: accessEndsAt.toISOString(),
  }
}

const notGranted: ReadonlySet<ElevationState> = new Set([
  'pending-approval',
  'denied',
  'canceled',
  'failed',
])

/** The entry for what has no elevation to show, named by a target or by the id that was typed. */
export function failureJson(
  named: { readonly target: string } | { readonly id: string },
  error: PimError,
): Readonly<Record<string, unknown>> {
  const { elevationId: id = 'id' in named ? named.id : undefined } = error
  const target = 'target' in named ? named.target : error.target
  const provider = providerIds.find((each) => target?.startsWith(`${each}:`))
  return {
    ...(id !== undefined && { id }),
    ...(target !== undefined && { target }),
    ...(provider !== undefined && { provider }),
    state: stateOf(error),
    changed: false,
    error: error.toJSON(),
  }
}

function stateOf(error: PimError): string {
  return stateBehind(error) ?? (error.kind === 'pending' ? 'pending-approval' : 'failed')
}

/** The state of a request that an error tells of by its code; undefined where it tells of none. */
export function stateBehind({ code }: PimError): ElevationState | undefined {
  return statesByCode.get(code)
}

const statesByCode: ReadonlyMap<string, ElevationState> = new Map([
  ['denied', 'denied'],
  ['canceled', 'canceled'],
  ['revoked', 'released'],
  ['released', 'released'],
  ['expired', 'expired'],
  ['too-early', 'active'],
  ['ends-by-itself', 'active'],
  ['resource-locked', 'failed'],
  ['request-invalid', 'failed'],
  ['activation-failed', 'failed'],
  ['activation-timed-out', 'failed'],
  ['failed', 'failed'],
  ['awaits-approval', 'pending-approval'],
])

export function elevationsJson(entries: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { schema: 'pim.elevations/v1', elevations: entries }
}

/** Who acts on what until when, said before it happens. */
export function planLine(
  plan: ElevationPlan,
  identity: CloudIdentity | undefined,
  now: Date,
): string {
  const who = identity === undefined ? 'you ask' : `${printable(identity.name)} asks`
  const begin = plan.start ?? now
  const from = plan.start === undefined ? '' : ` from ${formatBothTimes(plan.start, now)}`
  const until = formatLocalTime(after(begin, plan.duration), now)
  return `${who} for \`${printable(formatTarget(plan.target))}\`${from} until ${until}`
}

/** What to know of a plan, with the target that it is about. */
export function aboutTarget({ target }: Pick<ElevationPlan, 'target'>, notice: string): string {
  return `\`${printable(formatTarget(target))}\`: ${printable(notice)}`
}

/** What was done, in the past tense, with the thing and the time. */
export function outcomeLine(elevation: Elevation, changed: boolean, now: Date): string {
  const target = `\`${printable(elevation.target)}\``
  const end = locally(elevation.expiresAt, elevation)
  const until = `until ${formatLocalTime(end, now)} (${formatRemaining(end, now)} left)`
  if (elevation.state === 'scheduled') {
    return `asked for ${target}; it begins at ${formatBothTimes(elevation.startsAt, now)}`
  }
  if (elevation.state !== 'active') return `asked for ${target}; it is ${words[elevation.state]}`
  const more = afterlifeClause(elevation, now)
  return changed
    ? `elevated to ${target} ${until}${more}`
    : `${target} is already active ${until}${more}`
}

/** What outlives the grant, where that is worth a word. */
export function afterlifeClause(elevation: Elevation, now: Date): string {
  if (afterlife(elevation).seconds < 60) return ''
  const end = formatLocalTime(locally(elevation.accessEndsAt, elevation), now)
  return `; tokens already issued may keep this access until ${end}`
}

const words: Readonly<Record<Exclude<ElevationState, 'active' | 'scheduled'>, string>> = {
  'pending-approval': 'waiting for an approver',
  provisioning: 'being provisioned',
  released: 'released',
  expired: 'expired',
  denied: 'denied',
  canceled: 'canceled',
  failed: 'failed',
}

export const statusColumns: readonly Column[] = [
  { name: 'target', rank: 0, least: 32, whole: true, stays: true },
  { name: 'state', rank: 1, stays: true },
  { name: 'left', rank: 3 },
  { name: 'until', rank: 2, stays: true },
  { name: 'held by', rank: 4, least: 12 },
  { name: 'why', rank: 5, least: 12 },
]

/** Until when it lasts, or from when on where it has yet to begin. */
function untilOf({ state, startsAt, releasesAt }: Elevation, end: Date, now: Date): string {
  if (releasesAt !== undefined && releasesAt > now && releasesAt < end) {
    return `release at ${formatLocalTime(releasesAt, now)}`
  }
  if (state === 'active') return formatLocalTime(end, now)
  return state === 'scheduled' ? `from ${formatLocalTime(startsAt, now)}` : ''
}

/** A row for each, which says whose it is. Of what is unknown, only its end by the clock is told. */
export function statusRows(
  elevations: readonly Elevation[],
  now: Date,
  isUnknown: (elevation: Elevation) => boolean = () => false,
): readonly (readonly string[])[] {
  return elevations.map((elevation) => {
    const end = locally(elevation.expiresAt, elevation)
    return [
      printable(elevation.target),
      isUnknown(elevation) ? 'unknown' : elevation.state,
      elevation.state === 'active' && !isUnknown(elevation) ? formatRemaining(end, now) : '',
      untilOf(elevation, end, now),
      holderOf(elevation),
      printable(elevation.justification),
    ]
  })
}

function holderOf({ identity, actor }: Elevation): string {
  return printable(identity === undefined ? (actor.identity ?? '') : formatIdentity(identity))
}
