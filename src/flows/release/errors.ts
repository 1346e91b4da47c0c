import { formatWhen } from '../../core/time/local-time.ts'
import { locally, type Elevation } from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import type { Revocation } from '../../core/elevation/revocation.ts'
import { revocationClause } from './revoke.ts'

/** A request that is still open has nothing to release. */
export function notActiveYet({ target, providerRequestId, id }: Elevation): PimError {
  const request = providerRequestId ?? id
  return new PimError('pending', 'not-active-yet', `request ${request} is not active yet`, {
    target,
    hint: `\`pim cancel ${request}\` cancels the request`,
  })
}

/** It ends before the provider would allow its release. */
export function endsByItself(elevation: Elevation, now: Date): PimError {
  const { target } = elevation
  const when = formatWhen(locally(elevation.expiresAt, elevation), now)
  const message = `it ends at ${when}, before the provider allows its release`
  return new PimError('pending', 'ends-by-itself', message, {
    target,
    hint: 'Microsoft allows release five minutes after activation',
  })
}

/** The provider allows it only from that moment on. */
export function tooEarly(target: string, possibleAt: Date, now: Date): PimError {
  const when = formatWhen(possibleAt, now)
  return new PimError('pending', 'too-early', `the provider allows its release from ${when}`, {
    target,
    hint: `\`pim release ${typed(target)} --wait\` waits until then`,
  })
}

/** It is over, and the log does not say so. */
export function unrecorded(
  { target }: Elevation,
  { access }: Provider,
  revocation: Revocation | undefined,
  cause: PimError,
): PimError {
  const done =
    access === 'session'
      ? `the credentials of \`${target}\` are deleted`
      : `\`${target}\` is released`
  return new PimError(
    'audit',
    cause.code,
    `${done}${revocationClause(revocation)}, but that could not be recorded: ${cause.message}`,
    { target, hint: cause.hint, cause },
  )
}
