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
}

/**
 * Throws `unavailable` (`unbelievable-answer`) for a session of another role, account or name than was sent.
 * STS writes the ARN as `arn:aws:sts::<account>:assumed-role/<role>/<session name>`, without the role's path.
 */
export function assertSessionOf(wanted: WantedSession, { arn }: Pick<Assumed, 'arn'>): void {
  const { role, sessionName } = wanted
  const expected = `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${sessionName}`
  if (arn !== expected) throw unbelievable(wanted, `it is for ${arn}`)
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
