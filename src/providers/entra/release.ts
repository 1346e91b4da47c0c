import type { Elevation } from '../../core/elevation.ts'
import type { Release } from '../../core/provider.ts'
import { progressOf, releasedBy, releaseOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import type { Asker } from './asker.ts'
import type { Right } from './instance.ts'
import { findActive } from './lists.ts'
import { readOwnRequest } from './progress.ts'
import type { Surface } from './surface.ts'
import { whose } from './whose.ts'
import { readScheduleRequest } from './wire.ts'

/**
 * Gives a right back. What waits for an approver or for its time is withdrawn instead. What is not
 * there any more counts as released; within five minutes of its start it may be too early.
 */
export async function release(
  surface: Surface,
  right: Right,
  elevation: Elevation,
  asker: Asker,
  signal: AbortSignal,
): Promise<Release> {
  const { client, now } = asker
  if (await isWithdrawn(surface, elevation, asker, signal)) return { state: 'released' }
  const principalId = elevation.facts.principalId ?? (await whose(client, signal)).principalId
  const body = { action: 'selfDeactivate', principalId, ...right }
  try {
    const answer = await client.send({ method: 'POST', path: surface.requests, body, signal })
    return releasedBy(readScheduleRequest(answer.body))
  } catch (error) {
    const answer = releaseOf(error, elevation, now())
    if (answer.state === 'not-yet') return answer
    // It may have become active later than we know of, as after an approval.
    const row = await findActive(surface, right, asker, signal)
    if (row === undefined) return answer
    return releaseOf(error, { ...elevation, startsAt: row.startsAt }, now())
  }
}

/** Withdraws a request that is not in force yet. False where by now there is more to give back. */
async function isWithdrawn(
  surface: Surface,
  elevation: Elevation,
  { client, now }: Asker,
  signal: AbortSignal,
): Promise<boolean> {
  const { state, providerRequestId } = elevation
  if (providerRequestId === undefined) return false
  if (state !== 'pending-approval' && state !== 'scheduled') return false
  try {
    await cancel(surface, providerRequestId, client, signal)
    return true
  } catch (error) {
    // It may have been decided on meanwhile.
    const request = await readOwnRequest(surface, elevation, client, signal)
    if (request === undefined) throw error
    const reached = progressOf(request, now()).state
    if (['denied', 'canceled', 'failed', 'released', 'expired'].includes(reached)) return true
    if (reached === 'provisioning' || reached === 'active') return false
    throw error
  }
}

/** Withdraws a request. Throws as the client does. */
export async function cancel(
  surface: Surface,
  requestId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<void> {
  const path = `${surface.requests}/${encodeURIComponent(requestId)}/cancel`
  await client.send({ method: 'POST', path, signal })
}
