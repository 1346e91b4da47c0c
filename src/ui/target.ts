import { toIsoDuration, formatDuration } from '../core/duration.ts'
import type { ElevationState } from '../core/elevation.ts'
import type { Identity } from '../core/identity.ts'
import { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Requirements } from '../core/requirements.ts'
import { formatTarget, type Target } from '../core/target.ts'

/** A target as `pim list` shows it. Requirements are there only where they were asked for. */
export interface ListedTarget {
  readonly target: Target
  /** Absent where nothing is known but that it may be activated. */
  readonly state: { readonly state: ElevationState; readonly expiresAt: Date } | undefined
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
    ...(state !== undefined && { expiresAt: state.expiresAt.toISOString() }),
    ...(target.eligibleUntil !== undefined && {
      eligibleUntil: target.eligibleUntil.toISOString(),
    }),
    ...(requirements !== undefined && { requirements: requirementsJson(requirements) }),
    ...(identity !== undefined && { identity }),
  }
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

export function targetHeading(withRequirements: boolean): readonly string[] {
  const always = ['target', 'role', 'scope', 'state']
  return withRequirements ? [...always, 'longest', 'demands'] : always
}

export function targetRow({ target, state, requirements }: ListedTarget): readonly string[] {
  const always = [
    printable(formatTarget(target)),
    printable(target.role),
    printable(target.scopeName ?? target.scope),
    state?.state ?? 'eligible',
  ]
  return requirements === undefined ? always : [...always, ...demands(requirements)]
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
