import { asPimError } from '../../../core/errors.ts'
import type { Requirements } from '../../../core/elevation/requirements.ts'
import { readPages, type MicrosoftClient } from '../http/client.ts'
import { readRules, unknownRequirements } from '../pim/policy-rules.ts'
import { quoted } from './names.ts'
import { readPolicyRules, type GroupRight, type RoleRight } from './wire.ts'

/** Which policy is meant. */
interface Wanted {
  readonly scopeId: string
  readonly scopeType: string
  readonly roleDefinitionId: string
}

/** What activating a directory role demands; unknown where its policy may not be read. */
export async function roleRequirements(
  right: RoleRight,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Requirements> {
  return unlessRefused(async () => readRules(await roleRules(right, client, signal)))
}

/** What becoming a member or an owner demands. A group that PIM does not manage yet has no policy. */
export async function groupRequirements(
  right: GroupRight,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Requirements> {
  return unlessRefused(async () => readRules(await groupRules(right, client, signal)))
}

/** The rules that count for a directory role, as they came. Throws where they may not be read. */
export async function roleRules(
  { roleDefinitionId }: RoleRight,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<unknown> {
  // One policy counts for a role in every scope.
  const wanted = { scopeId: '/', scopeType: 'DirectoryRole', roleDefinitionId }
  // Microsoft documents `DirectoryRole`; others found that the service takes `Directory`.
  try {
    return await readPolicy(wanted, client, signal)
  } catch (error) {
    if (statusOf(error) !== 400) throw error
    return readPolicy({ ...wanted, scopeType: 'Directory' }, client, signal)
  }
}

/** The same for a place in a group. */
export async function groupRules(
  { groupId, accessId }: GroupRight,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<unknown> {
  return readPolicy(
    { scopeId: groupId, scopeType: 'Group', roleDefinitionId: accessId },
    client,
    signal,
  )
}

async function readPolicy(
  { scopeId, scopeType, roleDefinitionId }: Wanted,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<unknown> {
  const filter = [
    `scopeId eq ${quoted(scopeId)}`,
    `scopeType eq ${quoted(scopeType)}`,
    `roleDefinitionId eq ${quoted(roleDefinitionId)}`,
  ].join(' and ')
  const query = `$filter=${encodeURIComponent(filter)}&$expand=policy($expand=rules)`
  const path = `/v1.0/policies/roleManagementPolicyAssignments?${query}`
  const rows = await readPages(client, { method: 'GET', path, signal })
  return rows
    .map((row) => readPolicyRules(row, roleDefinitionId))
    .find((found) => found !== undefined)
}

/** A policy is a hint: where it cannot be read, the answer to the request itself tells what it demands. */
async function unlessRefused(read: () => Promise<Requirements>): Promise<Requirements> {
  try {
    return await read()
  } catch (error) {
    const status = statusOf(error) ?? 0
    // Graph has been seen to fail for good at the policies of some roles.
    if ([400, 403, 404].includes(status) || status >= 500) return unknownRequirements
    throw error
  }
}

function statusOf(error: unknown): number | undefined {
  return asPimError(error).provider?.status
}
