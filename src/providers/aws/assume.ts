import { clamped } from '../../core/plan.ts'
import { seconds } from '../../core/duration.ts'
import type { Insistence } from '../../core/settings.ts'
import type { SessionTag } from './session-names.ts'
import type { Assumed, AssumeRole } from './sts.ts'
import { shortestSession } from './limits.ts'
import { refusedAction, wantsShorterSession } from './sts-errors.ts'

/** What goes along with a role that its trust policy may refuse, and how much we insist on it. */
export interface Extras {
  readonly tags: readonly SessionTag[]
  readonly sessionTags: Insistence
  readonly sourceIdentity: string | undefined
  readonly sourceIdentityInsistence: Insistence
}

/** What was granted, and a sentence for everything that had to be left out to get it. */
export interface Granted {
  readonly assumed: Assumed
  readonly durationSeconds: number
  readonly notices: readonly string[]
  readonly leftOut: readonly string[]
}

type Call = Pick<AssumeRole, 'roleArn' | 'sessionName' | 'durationSeconds' | 'externalId' | 'mfa'>

/**
 * Assumes a role. Where it refuses session tags or a source identity, and nobody requires them, it
 * is asked once more without just that; where it allows only shorter sessions, once more for less.
 */
export async function assumeWithFallback(
  call: Call,
  extras: Extras,
  assume: (call: AssumeRole) => Promise<Assumed>,
): Promise<Granted> {
  let attempt: AssumeRole = { ...call, ...wanted(extras) }
  const notices: string[] = []
  const leftOut: string[] = []
  for (;;) {
    try {
      const assumed = await assume(attempt)
      return { assumed, durationSeconds: attempt.durationSeconds, notices, leftOut }
    } catch (error) {
      const step = concession(error, attempt, extras)
      if (step === undefined || leftOut.includes(step.without)) throw error
      attempt = step.next
      notices.push(step.notice)
      leftOut.push(step.without)
    }
  }
}

function wanted(extras: Extras): Partial<AssumeRole> {
  const { tags, sessionTags, sourceIdentity, sourceIdentityInsistence } = extras
  return {
    ...(sessionTags !== 'off' && tags.length > 0 && { tags }),
    ...(sourceIdentityInsistence !== 'off' && sourceIdentity !== undefined && { sourceIdentity }),
  }
}

interface Concession {
  readonly without: 'session tags' | 'source identity' | 'full duration'
  readonly notice: string
  readonly next: AssumeRole
}

function concession(error: unknown, attempt: AssumeRole, extras: Extras): Concession | undefined {
  const action = refusedAction(error)
  if (action === 'sts:TagSession' && attempt.tags !== undefined && extras.sessionTags === 'try') {
    const { tags: _, ...next } = attempt
    const notice = "the role refuses session tags, so the reason is only in pim's audit log"
    return { without: 'session tags', notice, next }
  }
  const identitySent = attempt.sourceIdentity !== undefined
  if (
    action === 'sts:SetSourceIdentity' &&
    identitySent &&
    extras.sourceIdentityInsistence === 'try'
  ) {
    const { sourceIdentity: _, ...next } = attempt
    const notice = 'the role refuses a source identity; its session name still names you'
    return { without: 'source identity', notice, next }
  }
  return wantsShorterSession(error) ? shorterSession(attempt) : undefined
}

const shortestMaximum = 3600

/**
 * STS does not say how long it would allow. IAM lets no role's maximum be under an hour, so above
 * that an hour is sure to be granted; at an hour or less, half of it is worth one try.
 */
function shorterSession(attempt: AssumeRole): Concession | undefined {
  const asked = attempt.durationSeconds
  if (asked <= shortestSession.seconds) return undefined
  const less =
    asked > shortestMaximum
      ? shortestMaximum
      : Math.max(shortestSession.seconds, Math.floor(asked / 2))
  return {
    without: 'full duration',
    notice: clamped(seconds(asked), seconds(less), 'what the role allows'),
    next: { ...attempt, durationSeconds: less },
  }
}
