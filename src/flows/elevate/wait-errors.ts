import { formatDuration, minutes } from '../../core/time/duration.ts'
import { formatWhen } from '../../core/time/local-time.ts'
import { locally, type Elevation } from '../../core/elevation/elevation.ts'
import { mayHaveArrived, PimError, type ErrorKind } from '../../core/errors.ts'
import { inQuotes } from '../../core/printable.ts'
import type { Progress } from '../../core/provider.ts'
import type { WaitLimit } from './wait-limit.ts'

/** The request is open, and no approver has decided. `named` is the id that the person used. */
export function awaitsApproval(
  { target, providerRequestId, id }: Elevation,
  named?: string,
): PimError {
  const request = providerRequestId ?? id
  const typed = named ?? request
  return new PimError('pending', 'awaits-approval', `request ${request} waits for an approver`, {
    target,
    hint: `it is still open: continue with \`pim wait ${typed}\`, or cancel with \`pim cancel ${typed}\``,
  })
}

/** It begins after the wait would have ended. */
export function notBegunYet(elevation: Elevation, now: Date, named?: string): PimError {
  const { target, providerRequestId, id } = elevation
  const begins = locally(elevation.startsAt, elevation)
  const typed = named ?? providerRequestId ?? id
  // Seconds would be over before somebody has typed them.
  const left = Math.ceil((begins.getTime() - now.getTime()) / 60_000)
  const enough = formatDuration(minutes(left + usualMinutes))
  return new PimError('pending', 'not-begun-yet', `it begins at ${formatWhen(begins, now)}`, {
    target,
    hint: `wait for it with \`pim wait ${typed} --timeout ${enough}\`, or cancel it with \`pim cancel ${typed}\``,
  })
}

/** What a request needs from its start until it works. */
const usualMinutes = 5

/** It is open, and is not yet what was waited for. */
export function notYet(
  { id, target }: Elevation,
  what: string,
  { timeout, wait }: WaitLimit,
  named = id,
): PimError {
  const waited = formatDuration(timeout)
  return new PimError('pending', `not-${wait}-yet`, `elevation ${id} is ${what} after ${waited}`, {
    target,
    hint: `it is still open; continue with \`pim wait ${named}\``,
  })
}

/** It came to nothing, with the reason where somebody gave one. */
export function nothing({ target }: Elevation, progress: Progress): PimError {
  const { state, status, reason, refusal } = progress
  if (refusal !== undefined) {
    const { kind, code, message, provider } = refusal
    const because = reason === undefined ? message : `${message}: ${inQuotes(reason)}`
    const hint = reason === undefined ? refusal.hint : 'answer that, and ask again'
    return new PimError(kind, code, because, { target, hint, provider })
  }
  const kind: ErrorKind = state === 'failed' ? 'unavailable' : 'refused'
  const words = state === 'denied' && reason !== undefined ? inQuotes(reason) : reason
  const why = [status ?? state, words].filter((part) => part !== undefined).join(': ')
  return new PimError(kind, state, `the request was not granted: ${why}`, {
    target,
    hint: state === 'denied' ? 'an approver said no' : 'ask again',
  })
}

/** Whether the provider may have issued a session whose keys did not arrive. */
export function isAnswerLost(failure: PimError): boolean {
  if (failure.kind === 'interrupted') return true
  return mayHaveArrived(failure) && failure.provider?.status === undefined
}

/** Nobody holds the keys of such a session, so there is nothing to release. */
export function mayBeIssued({ kind, code, message, provider, cause }: PimError): PimError {
  return new PimError(
    kind,
    code,
    `${message}; AWS may have issued a session, but nobody received its keys`,
    {
      hint: 'elevate again',
      provider,
      cause,
    },
  )
}

/** The provider may have granted it although its answer did not arrive. */
export function mayBeGranted({ kind, code, message, provider, cause }: PimError): PimError {
  return new PimError(kind, code, message, {
    hint: 'It may still be granted. Check with `pim status`',
    provider,
    cause,
  })
}
