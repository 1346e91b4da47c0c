import { formatDuration, seconds } from '../../../core/time/duration.ts'
import type { Insistence } from '../../../core/settings/settings.ts'
import type { SessionTag } from './session-names.ts'
import type { Assumed, AssumeRole } from './sts.ts'
import { shortestSession } from '../config/limits.ts'
import { refusedAction, wantsShorterSession } from '../errors/sts-errors.ts'

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
  readonly notices: readonly string[]
  readonly leftOut: readonly string[]
}

type Call = Pick<AssumeRole, 'roleArn' | 'sessionName' | 'durationSeconds' | 'externalId' | 'mfa'>

/**
 * Assumes a role. Where it refuses session tags or a source identity, and nobody requires them, it
 * is asked once more without just that; where it allows only shorter sessions, once more for less,
 * which every role of IAM's grants.
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
      return { assumed, notices: [...notices, ...shortened(call, attempt)], leftOut }
    } catch (error) {
      const step = concession(error, attempt, extras)
      if (step === undefined) throw error
      attempt = step.next
      if (step.without === undefined) continue
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

type Concession =
  | {
      readonly without: 'session tags' | 'source identity'
      readonly notice: string
      readonly next: AssumeRole
    }
  | { readonly without?: never; readonly next: AssumeRole }

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

/** IAM lets no role's maximum be under an hour; where even that is refused, these are worth a try. */
const shorterSessions = [3600, 1800, shortestSession.seconds]

/** STS does not say how long it would allow, so the next shorter of a few lengths is asked for. */
function shorterSession(attempt: AssumeRole): Concession | undefined {
  const less = shorterSessions.find((length) => length < attempt.durationSeconds)
  return less === undefined ? undefined : { next: { ...attempt, durationSeconds: less } }
}

function shortened(call: Call, { durationSeconds }: AssumeRole): readonly string[] {
  if (durationSeconds === call.durationSeconds) return []
  const reason = 'was granted, since the role allows less'
  return [
    `${formatDuration(seconds(call.durationSeconds))} was asked for; ${formatDuration(seconds(durationSeconds))} ${reason}`,
  ]
}
