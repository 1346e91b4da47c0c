import { formatDuration } from '../../core/time/duration.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { mayHaveArrived, PimError, type ErrorKind } from '../../core/errors.ts'
import type { Progress } from '../../core/provider.ts'
import type { WaitLimit } from './wait-limit.ts'

/** The request stands, and nobody has decided. */
export function awaitsApproval({ target, providerRequestId, id }: Elevation): PimError {
  const request = providerRequestId ?? id
  return new PimError('pending', 'awaits-approval', `request ${request} waits for an approver`, {
    target,
    hint: `it is still open: continue with \`pim wait ${request}\`, or cancel with \`pim cancel ${request}\``,
  })
}

/** It stands, and is not yet what was waited for. */
export function notYet(
  { id, target }: Elevation,
  what: string,
  { timeout, wait }: WaitLimit,
): PimError {
  const waited = formatDuration(timeout)
  return new PimError('pending', `not-${wait}-yet`, `elevation ${id} is ${what} after ${waited}`, {
    target,
    hint: `it is still open; continue with \`pim wait ${id}\``,
  })
}

/** It came to nothing, with the reason where somebody gave one. */
export function nothing({ target }: Elevation, progress: Progress): PimError {
  const { state, status, reason, refusal } = progress
  if (refusal !== undefined) {
    const { kind, code, message, provider } = refusal
    const because = reason === undefined ? message : `${message}: ${reason}`
    const hint = reason === undefined ? refusal.hint : 'answer that, and ask again'
    return new PimError(kind, code, because, { target, hint, provider })
  }
  const kind: ErrorKind = state === 'failed' ? 'unavailable' : 'refused'
  const why = [status ?? state, reason].filter((part) => part !== undefined).join(': ')
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
