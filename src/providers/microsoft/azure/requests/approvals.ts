import type { PimError } from '../../../../core/errors.ts'
import type { Approvals } from '../../../../core/elevation/approval.ts'
import { approvalsFrom } from '../../approvals/approvals.ts'
import { readApprovers, type Approver } from '../../approvals/approvers.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { notShown, unknownRequest } from '../../approvals/refusals.ts'
import { approvalOf, type Facts, type RequestSource } from '../../approvals/request-source.ts'
import type { AskedRow } from './approval-wire.ts'
import { listAsked, nameAsked, readAskedAt } from './access-requests.ts'
import { sendDecision } from './decide.ts'
import { cancel, find } from './requests.ts'
import { policyRules } from '../requirements.ts'
import { permissionsOfRole } from '../role-permissions.ts'
import { fold, rightKey } from '../scope/scope.ts'
import { readStages } from './stages.ts'

/** Requests for Azure resource roles, and decisions on them. */
export function createArmApprovals(client: MicrosoftClient, now: () => Date): Approvals {
  return approvalsFrom(sourceOf(client, now), now)
}

function sourceOf(client: MicrosoftClient, now: () => Date): RequestSource<AskedRow> {
  return {
    caller: async (signal) => client.identity(signal),
    list: async (side, signal, onUnreadable) => listAsked(side, client, now, signal, onUnreadable),
    // A request is read below its scope, which its id does not tell.
    read: async () => undefined,
    rightOf: ({ scope, roleDefinitionId }) => rightKey(scope, roleDefinitionId),
    name: async (rows, me, signal) => nameAsked(rows, me, client, signal),
    stages: async (approvalId, signal) => readStages(approvalId, client, signal),
    // Another tool found that the only stage has the approval's own id.
    unreadStage: approvalOf,
    approvers: async ({ scope, reference }, signal) => {
      const rules = await policyRules(scope, reference.roleDefinitionId ?? '', client, signal)
      const { objectId, username } = await client.identity(signal)
      const named = ({ id, name }: Approver): string =>
        name ?? (fold(id) === fold(objectId) ? username : id)
      return readApprovers(rules).map((stage) => stage.map(named))
    },
    permissions: async ({ reference }, signal) => {
      const sets = await permissionsOfRole(reference.roleDefinitionId, client, signal)
      return sets?.flatMap(({ actions, dataActions }) => [...actions, ...dataActions])
    },
    sendDecision: async (request, stageId, verdict, signal) =>
      sendDecision({ approvalId: approvalOf(request), stageId, verdict }, client, signal),
    reread: async ({ id, scope }, signal) => readAskedAt(scope, id, client, now, signal),
    cancel: async (id, facts, signal) =>
      cancel(client, await scopeOf(id, facts, client, now, signal), id, signal),
    outcome: async (id, facts, signal) =>
      find(client, await scopeOf(id, facts, client, now, signal), id, signal, {
        providerRequestId: id,
        facts,
      }),
  }
}

/** Where a request was made; looked for in the list of one's own where nobody noted it. */
async function scopeOf(
  id: string,
  { scope }: Facts,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<string> {
  if (scope !== undefined) return scope
  const unreadable: PimError[] = []
  const own = await listAsked('own', client, now, signal, (error) => unreadable.push(error))
  const found = own.find((row) => row.id.toLowerCase() === id.toLowerCase())
  if (found !== undefined) return found.scope
  throw unreadable[0] === undefined ? unknownRequest(id) : notShown(id, unreadable[0])
}
