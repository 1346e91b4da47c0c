import { asPimError } from '../../../../core/errors.ts'
import type { Elevation } from '../../../../core/elevation/elevation.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { readPage } from '../../http/paging.ts'
import type { Asker } from '../graph-context.ts'
import { findActive } from './lists.ts'
import { fold } from '../unique-names.ts'
import { directoryRoles, groups } from './schedule-api.ts'
import { isObject, type GroupRight, type RoleRight } from '../wire.ts'

/**
 * Whether a token of this moment names the role. Tokens name built-in roles of the whole tenant
 * only, and some none at all; being listed as active has to do then.
 */
export async function isRoleEffective(
  right: RoleRight,
  { tokenRoleId }: Elevation['facts'],
  asker: Asker,
  signal: AbortSignal,
): Promise<boolean> {
  const named =
    tokenRoleId === undefined
      ? undefined
      : (await asker.client.identity(signal, { fresh: true })).directoryRoles
  if (tokenRoleId === undefined || named === undefined) {
    return (await findActive(directoryRoles, right, asker, signal)) !== undefined
  }
  return named.some((id) => fold(id) === fold(tokenRoleId))
}

/**
 * Whether the directory knows us as the member or the owner of the group. Where we may not ask
 * that, being listed as active has to do.
 */
export async function isGroupEffective(
  right: GroupRight,
  _facts: Elevation['facts'],
  asker: Asker,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (right.accessId === 'member') return await isMember(right.groupId, asker.client, signal)
    if (right.accessId === 'owner') return await isOwner(right.groupId, asker.client, signal)
  } catch (error) {
    if (![400, 403, 404].includes(asPimError(error).provider?.status ?? 0)) throw error
  }
  return (await findActive(groups, right, asker, signal)) !== undefined
}

async function isMember(
  groupId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<boolean> {
  const body = { groupIds: [groupId] }
  const path = '/v1.0/me/checkMemberGroups'
  const answer = await client.send({ method: 'POST', path, body, signal })
  return readPage(answer.body).value.some(
    (id) => typeof id === 'string' && fold(id) === fold(groupId),
  )
}

async function isOwner(
  groupId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<boolean> {
  const path = '/v1.0/me/ownedObjects?$select=id'
  const owned = await readPages(client, { method: 'GET', path, signal })
  return owned.some((object) => isObject(object, groupId))
}
