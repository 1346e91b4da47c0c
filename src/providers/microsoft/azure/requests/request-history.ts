import { asPimError } from '../../../../core/errors.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import type { Trail } from '../../pim/request-history.ts'
import { listAsked } from './access-requests.ts'
import { rightKey } from '../scope/scope.ts'

/**
 * The caller's own requests about a role at a scope. Whoever may not look at them sees none. Throws
 * where they could not be read.
 */
export async function trailOf(
  scope: string,
  roleDefinitionId: string,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Trail> {
  try {
    const rows = await listAsked('own', client, now, signal)
    const wanted = rightKey(scope, roleDefinitionId)
    const { objectId } = await client.identity(signal)
    return rows.filter(
      (row) =>
        rightKey(row.scope, row.roleDefinitionId) === wanted &&
        row.requesterId.toLowerCase() === objectId.toLowerCase(),
    )
  } catch (error) {
    if (asPimError(error).kind === 'refused') return []
    throw error
  }
}
