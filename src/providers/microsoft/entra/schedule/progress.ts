import type { Elevation } from '../../../../core/elevation/elevation.ts'
import { asPimError } from '../../../../core/errors.ts'
import type { Progress } from '../../../../core/provider.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { assertRequestOf, type OwnRequest } from '../../pim/contradicting-answer.ts'
import { progressFrom } from '../../pim/progress.ts'
import type { RequestAnswer } from '../../pim/request-answer.ts'
import { providerNow } from '../../http/server-clock.ts'
import type { Asker } from '../graph-context.ts'
import type { Right } from './schedule-instance.ts'
import { findActive } from './lists.ts'
import { readStages } from '../requests/stages.ts'
import type { Surface } from './schedule-api.ts'
import { trailOf } from '../requests/request-history.ts'
import { readScheduleRequest } from '../wire.ts'

/** How far an elevation has come, by its request and by the list of what is active. */
export async function progress(
  surface: Surface,
  right: Right,
  elevation: Elevation,
  asker: Asker,
  signal: AbortSignal,
): Promise<Progress> {
  const { client } = asker
  return progressFrom(elevation, {
    request: async () => readOwnRequest(surface, elevation, client, signal),
    listed: async () => findActive(surface, right, asker, signal),
    trail: async () => trailOf(surface, right, asker, signal),
    stages: async (approvalId) => readStages(surface, approvalId, client, signal),
    now: () => providerNow(asker),
    clockAheadMs: client.clockAheadMs,
  })
}

/** The request of an elevation; undefined where none is known here, or by Graph. */
export async function readOwnRequest(
  surface: Surface,
  elevation: OwnRequest,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<RequestAnswer | undefined> {
  const { providerRequestId } = elevation
  if (providerRequestId === undefined) return undefined
  const path = `${surface.requests}/${encodeURIComponent(providerRequestId)}`
  try {
    const { body } = await client.send({ method: 'GET', path, signal })
    const request = readScheduleRequest(body)
    assertRequestOf(elevation, Object(body))
    return request
  } catch (error) {
    // Requests are kept for some weeks only, and a new one is not known everywhere at once.
    if (asPimError(error).provider?.status === 404) return undefined
    throw error
  }
}
