import type { Elevation } from '../../../../core/elevation/elevation.ts'
import { asPimError, mayHaveArrived, PimError } from '../../../../core/errors.ts'
import type { Release } from '../../../../core/provider.ts'
import { arrivedBefore, requestIdOf } from '../../pim/activation.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { releasedBy, releaseOf, type ReleaseSource } from '../../pim/release.ts'
import { providerNow } from '../../http/server-clock.ts'
import { isWithdrawn } from '../../approvals/withdraw.ts'
import { activeRow, requestOf } from './progress.ts'
import { cancel, find, put, type Sending } from '../requests/requests.ts'
import { trailOf } from '../requests/request-history.ts'
import type { ArmRequest } from '../wire.ts'

/**
 * Releases an elevation. What waits for an approver or for its time is cancelled instead. What ARM
 * refuses to release counts as released only where its requests say so, and its list agrees.
 */
export async function release(
  elevation: Elevation,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Release> {
  const { scope = elevation.scope, roleDefinitionId = '' } = elevation.facts
  const source = sourceOf(elevation, client, now, signal)
  const withdrawal = {
    cancel: async (id: string) => cancel(client, scope, id, signal),
    read: source.request,
    now: source.now,
  }
  if (await isWithdrawn(elevation, withdrawal)) return { state: 'released' }
  const { objectId } = await client.identity(signal)
  const properties = {
    principalId: elevation.facts.principalId ?? objectId,
    roleDefinitionId,
    requestType: 'SelfDeactivate',
  }
  const askedAt = now()
  // ARM keeps a request that failed, so that another try needs another name.
  const name = requestIdOf(elevation.id, `release ${askedAt.toISOString()}`)
  const sending = { scope, name, body: { properties }, signal }
  try {
    return releasedBy(await put(client, sending))
  } catch (error) {
    const arrived = await findArrived(error, client, sending)
    return arrived === undefined
      ? releaseOf(error, elevation, askedAt, source)
      : releasedBy(arrived)
  }
}

/** Our request to release it, where an earlier try has arrived though its answer was lost. */
async function findArrived(
  thrown: unknown,
  client: MicrosoftClient,
  { scope, name, signal }: Sending,
): Promise<ArmRequest | undefined> {
  const error = asPimError(thrown)
  const isThere = arrivedBefore(error)
  if (!isThere && !mayHaveArrived(error)) return undefined
  const found = await find(client, scope, name, signal)
  if (found !== undefined || !isThere) return found
  throw new PimError(
    'unavailable',
    'release-unconfirmed',
    'Microsoft has the release, but does not show its result yet',
    { hint: 'it counts as active; try again in a minute', provider: error.provider, cause: error },
  )
}

function sourceOf(
  elevation: Elevation,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): ReleaseSource {
  const { scope = elevation.scope, roleDefinitionId = '' } = elevation.facts
  return {
    listedSince: async () =>
      (await activeRow(scope, roleDefinitionId, client, now, signal))?.startsAt,
    trail: async () => trailOf(scope, roleDefinitionId, client, now, signal),
    request: async () => requestOf(elevation, client, signal),
    now: () => providerNow({ client, now }),
    clockAheadMs: () => client.clockAheadMs() ?? elevation.clockAheadMs,
  }
}
