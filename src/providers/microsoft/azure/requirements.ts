import { asPimError, type PimError } from '../../../core/errors.ts'
import type { Requirements } from '../../../core/elevation/requirements.ts'
import type { Target } from '../../../core/target.ts'
import { readPages, type MicrosoftClient } from '../http/client.ts'
import { readRules, unknownRequirements } from '../pim/policy-rules.ts'
import { authorizationPath } from './arm.ts'
import { fold, roleIdOf, tidyScope } from './scope/scope.ts'
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
  try {
    return readRules(await policyRules(target.scope, roleDefinitionOf(target), client, signal))
  } catch (error) {
    if (isUnknown(asPimError(error))) return unknownRequirements
    throw error
  }
}

/** A policy that may not be read, or that ARM fails to read out, is a hint less. */
function isUnknown({ kind, provider }: PimError): boolean {
  return kind === 'refused' || (provider?.status ?? 0) >= 500
}

/** The rules that count for a role at a scope, as they came. Throws where they may not be read. */
export async function policyRules(
  scope: string,
  roleDefinitionId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<unknown> {
  const path = authorizationPath(scope, 'roleManagementPolicyAssignments', {
    filter: `roleDefinitionId eq '${roleDefinitionId}'`,
  })
  const items = await readPages(client, { method: 'GET', path, signal })
  // The filter is in no specification; a server that does not know it answers with every role's.
  const ofRole = readPolicyAssignments(items).filter(
    (policy) => fold(roleIdOf(policy.roleDefinitionId)) === fold(roleIdOf(roleDefinitionId)),
  )
  const here = ofRole.find(
    (policy) => policy.scope && fold(tidyScope(policy.scope)) === fold(scope),
  )
  return (here ?? ofRole[0])?.effectiveRules
}
