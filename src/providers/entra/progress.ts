import type { Elevation } from '../../core/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { Progress } from '../../core/provider.ts'
import { liesAhead, progressOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import type { RequestAnswer } from '../microsoft/request-answer.ts'
import { denialIn } from '../microsoft/stage.ts'
import type { Asker } from './asker.ts'
import type { Right } from './instance.ts'
import { findActive } from './lists.ts'
import { readStages } from './stages.ts'
import type { Surface } from './surface.ts'
import { readScheduleRequest } from './wire.ts'

/**
 * How far an elevation has come: what its request says, and `active` only where the right is listed
 * as such.
 */
export async function progress(
  surface: Surface,
  right: Right,
  elevation: Elevation,
  asker: Asker,
  signal: AbortSignal,
): Promise<Progress> {
  const providerNow = new Date(asker.now().getTime() + elevation.clockAheadMs)
  const request = await readOwnRequest(surface, elevation, asker.client, signal)
  const asked =
    request === undefined ? unlisted(elevation, providerNow) : progressOf(request, providerNow)
  if (asked.state === 'denied' && request?.approvalId !== undefined) {
    const reason = await denialReason(surface, request.approvalId, asker.client, signal)
    return { ...asked, ...(reason !== undefined && { reason }) }
  }
  if (!mayBeListed(asked, providerNow)) return asked
  const row = await findActive(surface, right, asker, signal)
  if (row === undefined) return asked
  return {
    state: 'active',
    startsAt: row.startsAt,
    ...(row.endsAt !== undefined && { expiresAt: row.endsAt }),
    ...(asked.status !== undefined && { status: asked.status }),
  }
}

/**
 * Lists may know sooner than requests that it is so, but not that what came to nothing is there; and
 * what is active before its time was activated by another request.
 */
function mayBeListed({ state, startsAt }: Progress, now: Date): boolean {
  if (startsAt !== undefined && liesAhead(startsAt, now)) return false
  return state === 'provisioning' || state === 'active' || state === 'scheduled'
}

/** The request of an elevation; undefined where none is known here, or by Graph. */
export async function readOwnRequest(
  surface: Surface,
  { providerRequestId }: Pick<Elevation, 'providerRequestId'>,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<RequestAnswer | undefined> {
  if (providerRequestId === undefined) return undefined
  const path = `${surface.requests}/${encodeURIComponent(providerRequestId)}`
  try {
    return readScheduleRequest((await client.send({ method: 'GET', path, signal })).body)
  } catch (error) {
    // Requests are kept for some weeks only, and a new one is not known everywhere at once.
    if (asPimError(error).provider?.status === 404) return undefined
    throw error
  }
}

/** That something is not listed proves nothing before its time is over. */
function unlisted({ state, startsAt, expiresAt }: Elevation, now: Date): Progress {
  const known = state === 'active' ? 'provisioning' : state
  return { state: expiresAt <= now ? 'expired' : known, startsAt, expiresAt }
}

/** What an approver wrote who said no. A reason that may not be read is none. */
async function denialReason(
  surface: Surface,
  approvalId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    return denialIn(await readStages(surface, approvalId, client, signal))
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return undefined
  }
}
