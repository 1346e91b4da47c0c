import { formatWhen } from '../../core/local-time.ts'
import { milliseconds, type Duration } from '../../core/duration.ts'
import { shortestHandout } from '../../core/elevation.ts'
import { PimError } from '../../core/errors.ts'
import type { RoleArn } from './arn.ts'
import type { Assumed } from './sts.ts'

/** The session that STS was asked for. */
export interface WantedSession {
  /** In pim's text form. */
  readonly target: string
  readonly role: RoleArn
  readonly sessionName: string
  /** The one that was sent and not left out. */
  readonly sourceIdentity?: string | undefined
}

/**
 * Throws `unavailable` (`unbelievable-answer`) for a session of another role, account, name or source
 * identity than was sent.
 * STS writes the ARN as `arn:aws:sts::<account>:assumed-role/<role>/<session name>`, without the role's path.
 */
export function assertSessionOf(
  wanted: WantedSession,
  { arn, sourceIdentity }: Pick<Assumed, 'arn' | 'sourceIdentity'>,
): void {
  const { role, sessionName, sourceIdentity: sent } = wanted
  const expected = `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`
  if (arn !== expected) throw unbelievable(wanted, `it is for ${arn}`)
  if (sent !== undefined && sourceIdentity !== undefined && sourceIdentity !== sent) {
    throw unbelievable(wanted, `its source identity is ${sourceIdentity}`)
  }
}

const leewayMs = 5 * 60_000

/** The same for a session that has ended already, or that lasts longer than was asked for. */
export function assertLifetimeOf(
  wanted: WantedSession,
  duration: Duration,
  { keys }: Pick<Assumed, 'keys'>,
  now: Date,
): void {
  const left = keys.expiration.getTime() - now.getTime()
  if (left < milliseconds(shortestHandout)) throw unbelievable(wanted, 'it has ended already')
  if (left > milliseconds(duration) + leewayMs) {
    throw unbelievable(wanted, `it lasts until ${formatWhen(keys.expiration, now)}`)
  }
}

function unbelievable({ target, role }: WantedSession, why: string): PimError {
  return new PimError(
    'unavailable',
    'unbelievable-answer',
    `STS gave a session that was not asked for: ${why}`,
    { target, hint: `check that the endpoint is AWS's; ${role.arn} was asked for` },
  )
}
