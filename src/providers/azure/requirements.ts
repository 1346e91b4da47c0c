import { asPimError } from '../../core/errors.ts'
import type { Requirements } from '../../core/requirements.ts'
import type { Target } from '../../core/target.ts'
import { readPages, type MicrosoftClient } from '../microsoft/client.ts'
import { readRules, unknownRequirements } from '../microsoft/policy.ts'
import { authorizationPath } from './arm.ts'
import { fold, roleIdOf, tidyScope } from './scope.ts'
import { roleDefinitionOf } from './target.ts'
import { readPolicyAssignments } from './wire.ts'

/**
 * What the policy of a target demands. Who may activate a role need not be able to read its policy:
 * everything is unknown then.
 */
export async function requirements(
  target: Target,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Requirements> {
  const roleDefinitionId = roleDefinitionOf(target)
  const path = authorizationPath(target.scope, 'roleManagementPolicyAssignments', {
    filter: `roleDefinitionId eq '${roleDefinitionId}'`,
  })
  try {
    const items = await readPages(client, { method: 'GET', path, signal })
    // The filter is in no specification; a server that does not know it answers with every role's.
    const ofRole = readPolicyAssignments(items).filter(
      (policy) => fold(roleIdOf(policy.roleDefinitionId)) === fold(roleIdOf(roleDefinitionId)),
    )
    const here = ofRole.find(({ scope }) => scope && fold(tidyScope(scope)) === fold(target.scope))
    return readRules((here ?? ofRole[0])?.effectiveRules)
  } catch (error) {
    if (asPimError(error).kind === 'refused') return unknownRequirements
    throw error
  }
}
