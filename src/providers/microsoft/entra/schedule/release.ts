import type { Elevation } from '../../../../core/elevation/elevation.ts'
import type { Release } from '../../../../core/provider.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { assertAnswerOf, assertCanceled } from '../../pim/contradicting-answer.ts'
import { releasedBy, releaseOf } from '../../pim/release.ts'
import { providerNow } from '../../http/server-clock.ts'
import { isWithdrawn } from '../../approvals/withdraw.ts'
import type { Asker } from '../graph-context.ts'
import type { Right } from './schedule-instance.ts'
import { findActive } from './lists.ts'
import { readOwnRequest } from './progress.ts'
import type { Surface } from './schedule-api.ts'
import { trailOf } from '../requests/request-history.ts'
import { whose } from '../principal.ts'
import { readScheduleRequest } from '../wire.ts'

/**
 * Releases a right. What waits for an approver or for its time is cancelled instead. What Graph
 * refuses to release counts as released only where its requests say so, and its list agrees.
 */
export async function release(
  surface: Surface,
  right: Right,
  elevation: Elevation,
  asker: Asker,
  signal: AbortSignal,
): Promise<Release> {
  const { client } = asker
  const read = async () => readOwnRequest(surface, elevation, client, signal)
  const now = (): Date => providerNow(asker)
  const withdrawal = {
    cancel: async (id: string) => cancel(surface, id, client, signal),
    read,
    now,
  }
  if (await isWithdrawn(elevation, withdrawal)) return { state: 'released' }
  const principalId = elevation.facts.principalId ?? (await whose(client, signal)).principalId
  const body = { action: 'selfDeactivate', principalId, ...right }
  const askedAt = asker.now()
  try {
    const answer = await client.send({
      method: 'POST',
      path: surface.requests,
      body,
      isRepeatable: true,
      signal,
    })
    const request = readScheduleRequest(answer.body)
    assertAnswerOf(body, answer.body)
    return releasedBy(request)
  } catch (error) {
    return releaseOf(error, elevation, askedAt, {
      listedSince: async () => (await findActive(surface, right, asker, signal))?.startsAt,
      trail: async () => trailOf(surface, right, asker, signal),
      request: read,
      now,
      clockAheadMs: () => client.clockAheadMs() ?? elevation.clockAheadMs,
    })
  }
}

/** Cancels a request. Throws as the client does, and where the answer shows something else. */
export async function cancel(
  surface: Surface,
  requestId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<void> {
  const path = `${surface.requests}/${encodeURIComponent(requestId)}/cancel`
  const { body } = await client.send({ method: 'POST', path, isRepeatable: true, signal })
  assertCanceled(requestId, Object(body))
}
