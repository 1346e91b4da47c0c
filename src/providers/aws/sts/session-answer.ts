import { milliseconds, seconds } from '../../../core/time/duration.ts'
import { shortestHandout } from '../../../core/elevation/elevation.ts'
import { PimError } from '../../../core/errors.ts'
import { formatWhen } from '../../../core/time/local-time.ts'
import type { RoleArn } from '../config/arn.ts'
import type { Assumed } from './sts.ts'

/** The session that STS was asked for. */
export interface WantedSession {
  /** In pim's text form. */
  readonly target: string
  readonly role: RoleArn
  readonly sessionName: string
  readonly seconds: number
  /** The one that was sent and not left out. */
  readonly sourceIdentity?: string | undefined
}

const leewayMs = 5 * 60_000

/**
 * Throws `unavailable` (`contradicting-answer`) for a session of another role, account, name or source identity than
 * was sent, and for one that has ended already or lasts longer. `now` is the provider's time.
 */
export function assertSessionOf(wanted: WantedSession, session: Assumed, now: Date): void {
  const why = contradiction(wanted, session) ?? wrongEnd(wanted, session, now)
  if (why !== undefined) throw contradicting(wanted, why)
}

function contradiction(
  wanted: WantedSession,
  { arn, userId, sourceIdentity }: Assumed,
): string | undefined {
  if (arn !== arnOf(wanted)) return `it is for ${arn}`
  // A revocation denies the session by this id.
  if (userId !== undefined && userId.slice(userId.indexOf(':') + 1) !== wanted.sessionName) {
    return `its id is ${userId}`
  }
  const isOther = wanted.sourceIdentity !== undefined && sourceIdentity !== wanted.sourceIdentity
  return isOther && sourceIdentity !== undefined
    ? `its source identity is ${sourceIdentity}`
    : undefined
}

function wrongEnd(
  { seconds: asked }: WantedSession,
  { keys }: Assumed,
  now: Date,
): string | undefined {
  const left = keys.expiration.getTime() - now.getTime()
  if (left < milliseconds(shortestHandout)) return 'it has ended already'
  const isLonger = left > milliseconds(seconds(asked)) + leewayMs
  return isLonger ? `it lasts until ${formatWhen(keys.expiration, now)}` : undefined
}

/** As STS writes it: without the role's path. */
function arnOf({ role, sessionName }: WantedSession): string {
  return `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`
}

function contradicting({ target, role }: WantedSession, why: string): PimError {
  return new PimError(
    'unavailable',
    'contradicting-answer',
    `STS gave a session that was not asked for: ${why}`,
    { target, hint: `check that the endpoint is AWS's; ${role.arn} was asked for` },
  )
}
