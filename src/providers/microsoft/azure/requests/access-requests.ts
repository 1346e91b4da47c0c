import type { AccessRequest, OnUnreadable } from '../../../../core/elevation/approval.ts'
import { asPimError } from '../../../../core/errors.ts'
import { readPages, type MicrosoftClient, type MicrosoftIdentity } from '../../http/client.ts'
import { shownOf } from '../../approvals/access-request.ts'
import { providerNow } from '../../http/server-clock.ts'
import type { Side } from '../../approvals/request-source.ts'
import { readAskedRow, readAskedRows, type AskedRow } from './approval-wire.ts'
import { authorizationPath, isNotShown } from '../arm.ts'
import { listEligible } from '../schedule/lists.ts'
import { findNames } from '../scope/missing-names.ts'
import { namePlaces } from '../scope/scope-names.ts'
import { assertRequestAt, requestPath } from './requests.ts'
import { fold, roleIdOf } from '../scope/scope.ts'
import type { Place } from '../wire.ts'

/** In the tenant as a whole, ARM refuses `asRequestor()`: whoever asks for themselves is the target too. */
const filters: Readonly<Record<Side, string>> = { own: 'asTarget()', 'to-decide': 'asApprover()' }

/** The caller's own requests in the whole tenant, or those that the caller may decide, or might have. */
export async function listAsked(
  side: Side,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
  onUnreadable?: OnUnreadable,
): Promise<readonly AskedRow[]> {
  const path = authorizationPath('/', 'roleAssignmentScheduleRequests', { filter: filters[side] })
  const items = await readPages(client, { method: 'GET', path, signal })
  return readAskedRows(items, providerNow({ client, now }), onUnreadable)
}

/** A request where it was made. Undefined for who may not look at it there. */
export async function readAskedAt(
  scope: string,
  id: string,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<AskedRow | undefined> {
  try {
    const { body } = await client.send({ method: 'GET', path: requestPath(scope, id), signal })
    assertRequestAt(scope, id, body)
    return readAskedRow(body, providerNow({ client, now }))
  } catch (error) {
    if (isNotShown(error)) return undefined
    throw error
  }
}

/** Requests as people read them. The caller's own are spelt as the caller's targets are. */
export async function nameAsked(
  rows: readonly AskedRow[],
  { objectId, tenantId, username }: MicrosoftIdentity,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly AccessRequest[]> {
  const isOwn = rows.some(({ requesterId }) => fold(requesterId) === fold(objectId))
  const places: readonly Place[] = [...(isOwn ? await eligible(client, signal) : []), ...rows]
  const { subscriptions, named } = await findNames(places, client, signal)
  const names = namePlaces(places.map(named), subscriptions)
  return rows.map(named).map((row) => {
    const { requesterId, requesterName, approvalId, roleDefinitionId, scopeName, roleName } = row
    const own = fold(requesterId) === fold(objectId) ? username : ''
    return {
      ...shownOf(row),
      scope: row.scope,
      provider: 'azure',
      path: names.pathOf(row),
      role: roleName || roleIdOf(roleDefinitionId),
      ...(scopeName && { scopeName }),
      requester: { id: requesterId, name: own || requesterName || requesterId },
      stages: [],
      reference: {
        tenantId,
        scope: row.scope,
        roleDefinitionId,
        principalId: requesterId,
        ...(approvalId !== undefined && { approvalId }),
      },
    }
  })
}

/** What the caller may activate is there for the names alone. */
async function eligible(client: MicrosoftClient, signal: AbortSignal): Promise<readonly Place[]> {
  try {
    return (await listEligible(client, signal)).rows
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return []
  }
}
