import type { Elevation, ElevationState } from '../../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../../core/errors.ts'
import { progressOf } from '../pim/activation.ts'
import { unknownRequest } from './refusals.ts'
import type { RequestAnswer } from '../pim/request-answer.ts'
import type { Facts, RequestSource } from './request-source.ts'

/**
 * Takes a request back that waits, or has yet to begin. What is already cancelled counts as done.
 * Throws `refused` (`not-cancelable`) where it has come to something else, `usage`
 * (`unknown-request`) where there is none.
 */
export async function withdraw(
  id: string,
  facts: Facts,
  { cancel, outcome }: Pick<RequestSource, 'cancel' | 'outcome'>,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  try {
    await cancel(id, facts, signal)
  } catch (thrown) {
    const error = asPimError(thrown)
    if (error.kind === 'interrupted') throw error
    const state = await stateOf(async () => outcome(id, facts, signal), now, error)
    if (state === undefined) throw isMissing(error) ? unknownRequest(id, { cause: error }) : error
    if (state === 'canceled') return
    throw notCancelable(state, error) ?? error
  }
}

/** What became of it; undefined where nobody knows of it. Throws what went wrong before where that cannot be told. */
async function stateOf(
  outcome: () => Promise<RequestAnswer | undefined>,
  now: Date,
  before: PimError,
): Promise<ElevationState | undefined> {
  try {
    const answer = await outcome()
    return answer && progressOf(answer, now).state
  } catch {
    throw before
  }
}

function isMissing({ provider }: PimError): boolean {
  return provider?.status === 404
}

/** Undefined where it could still be taken back, so that something else went wrong. */
function notCancelable(state: ElevationState, cause: PimError): PimError | undefined {
  const meaning = endings[state]
  if (meaning === undefined) return undefined
  const { provider } = cause
  const [says, hint] = meaning
  return new PimError('refused', 'not-cancelable', says, { hint, provider, cause })
}

const inForce = [
  'it is active: there is no open request to cancel',
  'release it with `pim release`',
] as const

const nothingLeft = 'nothing is left to cancel; `pim requests --all` shows its end'

const endings: Readonly<Partial<Record<ElevationState, readonly [says: string, hint: string]>>> = {
  active: inForce,
  provisioning: inForce,
  denied: ['it was denied already', nothingLeft],
  expired: ['it is over already', nothingLeft],
  released: ['it was released already', nothingLeft],
  failed: ['it was not granted', nothingLeft],
}

const cameToNothing: ReadonlySet<ElevationState> = new Set(['denied', 'canceled', 'failed'])

/** How an elevation's own request is cancelled and read. Each throws as its client does. */
interface OwnRequest {
  readonly cancel: (requestId: string) => Promise<void>
  readonly read: () => Promise<RequestAnswer | undefined>
  readonly now: () => Date
}

/** Cancels the request of an elevation that is not in force yet. False where by now there is more to release. */
export async function isWithdrawn(
  { state, providerRequestId }: Pick<Elevation, 'state' | 'providerRequestId'>,
  { cancel, read, now }: OwnRequest,
): Promise<boolean> {
  if (providerRequestId === undefined) return false
  if (state !== 'pending-approval' && state !== 'scheduled') return false
  try {
    await cancel(providerRequestId)
    return true
  } catch (error) {
    // It may have been decided on meanwhile.
    const request = await read()
    if (request === undefined) throw error
    const reached = progressOf(request, now()).state
    if (cameToNothing.has(reached)) return true
    if (reached === 'pending-approval' || reached === 'scheduled') throw error
    // What was in force may be so still, whatever its request says: that is for the release to find out.
    return false
  }
}
