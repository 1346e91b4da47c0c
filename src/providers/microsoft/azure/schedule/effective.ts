import type { Elevation } from '../../../../core/elevation/elevation.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { authorizationPath, isNotShown, rolesVersion } from '../arm.ts'
import { permissionsOfRole, readPermissions, type Permission } from '../role-permissions.ts'
import { fold } from '../scope/scope.ts'

/** Whether ARM lets the caller do at the scope what the role allows. */
export async function isEffective(
  { scope, facts }: Elevation,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<boolean> {
  const at = facts.scope ?? scope
  const [held, demanded] = await Promise.all([
    permissionsAt(at, client, signal),
    permissionsOfRole(facts.roleDefinitionId, client, signal),
  ])
  return demanded === undefined ? holdsAnything(held) : holdsAll(held, demanded)
}

/** Who may not even ask has no permission there yet. */
async function permissionsAt(
  scope: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly Permission[]> {
  const path = authorizationPath(scope, 'permissions', { version: rolesVersion })
  try {
    return readPermissions(await readPages(client, { method: 'GET', path, signal }))
  } catch (error) {
    if (isNotShown(error)) return []
    throw error
  }
}

/** Each set of rights of the role is one of those held, or part of it. */
function holdsAll(held: readonly Permission[], demanded: readonly Permission[]): boolean {
  return demanded.every((wanted) =>
    held.some(
      (one) =>
        holds(one.actions, wanted.actions) &&
        holds(wanted.notActions, one.notActions) &&
        holds(one.dataActions, wanted.dataActions) &&
        holds(wanted.notDataActions, one.notDataActions),
    ),
  )
}

/**
 * Nearly every role may read role definitions; who cannot read this one had no other role there, so
 * that whatever is held by now is it. Not verified against Azure.
 */
function holdsAnything(held: readonly Permission[]): boolean {
  return held.some(({ actions, dataActions }) => actions.length > 0 || dataActions.length > 0)
}

function holds(all: readonly string[], some: readonly string[]): boolean {
  const known = new Set(all.map(fold))
  return some.every((each) => known.has(fold(each)))
}
