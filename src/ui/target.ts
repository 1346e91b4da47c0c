import { toIsoDuration, formatDuration } from '../core/time/duration.ts'
import type { ElevationState } from '../core/elevation/elevation.ts'
import type { Identity } from '../core/identity/identity.ts'
import { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Requirements } from '../core/elevation/requirements.ts'
import { formatTarget, type Target } from '../core/target.ts'
import type { Column } from './output/column-widths.ts'

/** A target as `pim list` shows it. Requirements are there only where they were asked for. */
export interface ListedTarget {
  readonly target: Target
  /** Absent where nothing is known but that it may be activated. */
  readonly state:
    | { readonly state: ElevationState; readonly startsAt: Date; readonly expiresAt: Date }
    | undefined
  readonly requirements: Requirements | PimError | undefined
  /** Whose target it is; absent where nobody in particular is asked. */
  readonly identity?: Identity | undefined
}

/** One entry of `pim.targets/v1`. */
export function targetJson({
  target,
  state,
  requirements,
  identity,
}: ListedTarget): Readonly<Record<string, unknown>> {
  return {
    target: formatTarget(target),
    provider: target.provider,
    role: target.role,
    scope: target.scope,
    ...(target.scopeName !== undefined && { scopeName: target.scopeName }),
    state: state?.state ?? 'eligible',
    ...timesOf(state),
    ...(target.eligibleUntil !== undefined && {
      eligibleUntil: target.eligibleUntil.toISOString(),
    }),
    ...(requirements !== undefined && { requirements: requirementsJson(requirements) }),
    ...(identity !== undefined && { identity }),
  }
}

/** What is not granted yet has no times that anybody promised. */
function timesOf(state: ListedTarget['state']): Readonly<Record<string, string>> {
  if (state?.state !== 'active' && state?.state !== 'scheduled') return {}
  const expiresAt = state.expiresAt.toISOString()
  if (state.state === 'active') return { expiresAt }
  return { startsAt: state.startsAt.toISOString(), expiresAt }
}

function requirementsJson(
  requirements: Requirements | PimError,
): Readonly<Record<string, unknown>> {
  if (requirements instanceof PimError) {
    const unknown = 'unknown'
    return {
      maxDuration: unknown,
      justification: unknown,
      ticket: unknown,
      mfa: unknown,
      approval: unknown,
    }
  }
  const { maxDuration, justification, ticket, mfa, approval, authenticationContext } = requirements
  return {
    maxDuration: maxDuration === 'unknown' ? maxDuration : toIsoDuration(maxDuration),
    justification,
    ticket,
    mfa,
    approval,
    ...(authenticationContext !== undefined && { authenticationContext }),
  }
}

const always: readonly [Column, ...Column[]] = [
  { name: 'target', rank: 0, least: 40, whole: true, stays: true },
  { name: 'role', rank: 4, least: 12 },
  { name: 'scope', rank: 5, least: 12 },
  { name: 'state', rank: 1, stays: true },
]

export function targetColumns(withRequirements: boolean): readonly Column[] {
  if (!withRequirements) return always
  const [target, ...others] = always
  return [
    { ...target, least: 28 },
    ...others,
    { name: 'longest', rank: 3 },
    { name: 'demands', rank: 2, least: 23 },
  ]
}

export function targetRow({ target, state, requirements }: ListedTarget): readonly string[] {
  const cells = [
    printable(formatTarget(target)),
    printable(target.role),
    printable(target.scopeName ?? target.scope),
    state?.state ?? 'eligible',
  ]
  return requirements === undefined ? cells : [...cells, ...demands(requirements)]
}

function demands(requirements: Requirements | PimError): readonly string[] {
  if (requirements instanceof PimError) return ['unknown', 'unknown']
  const named = (['justification', 'ticket', 'mfa', 'approval'] as const).flatMap((demand) => {
    const needed = requirements[demand]
    if (needed === 'unknown') return [`${demand}?`]
    return needed ? [demand] : []
  })
  const { maxDuration, authenticationContext: context } = requirements
  const all = context === undefined ? named : [...named, `context ${printable(context)}`]
  return [maxDuration === 'unknown' ? maxDuration : formatDuration(maxDuration), all.join(', ')]
}
