import type { ElevationRequest } from './request.ts'
import { formatDuration, hours, shorter, type Duration } from '../time/duration.ts'
import { isLongEnough, type Elevation } from './elevation.ts'
import { PimError } from '../errors.ts'
import { missingFrom, missingInput } from './missing-input.ts'
import type { Requirements } from './requirements.ts'
import type { Ticket } from './justification.ts'
import { formatTarget, type Target } from '../target.ts'

const defaultDuration: Duration = hours(1)

/** A request that may be carried out as it stands. */
export interface ElevationPlan {
  readonly id: string
  readonly target: Target
  readonly justification: string
  readonly ticket?: Ticket
  /** What was asked for; `duration` may be shorter. */
  readonly asked: Duration
  readonly duration: Duration
  /** When it is to begin; at once where absent. */
  readonly start?: Date
  readonly mfaDevices: readonly string[]
  /** What the sign-in must have shown, as in `c1`, where the provider's policy names it. */
  readonly authenticationContext?: string
  readonly requestedAt: Date
  /** What the person should know before it happens, a sentence each. */
  readonly notices: readonly string[]
}

interface Grounds {
  readonly request: ElevationRequest
  readonly requirements: Requirements
  readonly current: Elevation | undefined
  readonly now: Date
  readonly id: string
}

export type Decision =
  | { readonly kind: 'already-active'; readonly elevation: Elevation }
  | { readonly kind: 'elevate'; readonly plan: ElevationPlan }

/** The one decision: nothing to do, a plan, or a refusal (`PimError`) with its reason. */
export function planElevation({ request, requirements, current, now, id }: Grounds): Decision {
  if (!request.force && current !== undefined && isLongEnough(current, request.duration, now)) {
    return { kind: 'already-active', elevation: current }
  }
  const target = formatTarget(request.target)
  const { justification } = request
  const missing = missingFrom(request, requirements)
  if (justification === undefined || missing.length > 0) throw missingInput(missing).about(target)
  const asked = request.duration ?? requirements.defaultDuration ?? defaultDuration
  const { minDuration } = requirements
  if (minDuration !== undefined && asked.seconds < minDuration.seconds) {
    throw tooShort(target, asked, minDuration)
  }
  const plan: ElevationPlan = {
    id,
    target: request.target,
    justification,
    ...(request.ticket !== undefined && { ticket: request.ticket }),
    asked,
    duration: asked,
    ...(request.start !== undefined && { start: request.start }),
    mfaDevices: requirements.mfaDevices,
    ...(requirements.authenticationContext !== undefined && {
      authenticationContext: requirements.authenticationContext,
    }),
    requestedAt: now,
    notices: [],
  }
  const { maxDuration, hardLimit, maxDurationReason: why } = requirements
  const longest = maxDuration === 'unknown' ? hardLimit : maxDuration
  return { kind: 'elevate', plan: longest === undefined ? plan : cap(plan, longest, why) }
}

/** The same plan for no longer than `longest`. Says so where that cuts it. */
export function cap(plan: ElevationPlan, longest: Duration, why?: string): ElevationPlan {
  const duration = shorter(plan.duration, longest)
  if (duration.seconds === plan.duration.seconds) return plan
  return { ...plan, duration, notices: [...plan.notices, clamped(plan.asked, duration, why)] }
}

/** One sentence for a duration that was cut. */
function clamped(asked: Duration, granted: Duration, why = 'the longest allowed'): string {
  return `${formatDuration(asked)} was asked for; ${formatDuration(granted)} is ${why}`
}

function tooShort(target: string, asked: Duration, shortest: Duration): PimError {
  const least = formatDuration(shortest)
  return new PimError('usage', 'duration-too-short', `${formatDuration(asked)} is too short`, {
    target,
    hint: `ask for ${least} or more, and release it earlier with \`pim release\``,
  })
}
