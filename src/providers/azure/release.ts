import type { Elevation } from '../../core/elevation.ts'
import type { Release } from '../../core/provider.ts'
import { releasedBy, releaseOf, requestIdOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import { activeRow } from './progress.ts'
import { put } from './requests.ts'

/** Gives an elevation back. What ARM says is not active is released, unless it is listed as active all the same. */
export async function release(
  elevation: Elevation,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Release> {
  const { scope = elevation.scope, roleDefinitionId = '' } = elevation.facts
  const { objectId } = await client.identity(signal)
  const properties = {
    principalId: elevation.facts.principalId ?? objectId,
    roleDefinitionId,
    requestType: 'SelfDeactivate',
  }
  // ARM keeps a request that failed, so that another try needs another name.
  const name = requestIdOf(elevation.id, `release ${now().toISOString()}`)
  try {
    const { request } = await put(client, { scope, name, body: { properties }, signal })
    return releasedBy(request)
  } catch (error) {
    const answer = releaseOf(error, elevation, now())
    if (answer.state === 'not-yet') return answer
    // It may have become active later than we know of, as after an approval.
    const row = await activeRow(scope, roleDefinitionId, client, now, signal)
    return row === undefined
      ? answer
      : releaseOf(error, { ...elevation, startsAt: row.startsAt }, now())
  }
}
