import type { Approvals } from '../../../../core/elevation/approval.ts'
import { approvalsFrom } from '../../approvals/approvals.ts'
import { readApprovers } from '../../approvals/approvers.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { approvalOf, type Facts, type RequestSource } from '../../approvals/request-source.ts'
import type { AskedRow } from './approval-wire.ts'
import { listAsked, readAsked, readNamedAsked } from './access-requests.ts'
import { nameAsked, type Naming } from './access-request-names.ts'
import type { Asker } from '../graph-context.ts'
import { rightKey, type Instance } from '../schedule/schedule-instance.ts'
import { readPrincipalNames } from '../names.ts'
import { readOwnRequest } from '../schedule/progress.ts'
import { cancel } from '../schedule/release.ts'
import { fold } from '../unique-names.ts'
import { readStages, sendDecision } from './stages.ts'

/** In what the approvals of one surface differ from those of the other. */
export interface ApprovalPlace<Its extends Instance> extends Naming<Its> {
  /** The rules of the policy that counts for what the facts of a request speak of. */
  readonly rules: (facts: Facts, client: MicrosoftClient, signal: AbortSignal) => Promise<unknown>
  readonly permissions: (
    facts: Facts,
    client: MicrosoftClient,
    signal: AbortSignal,
  ) => Promise<readonly string[] | undefined>
}

/** Requests on one surface of Graph, and decisions on them. */
export function createGraphApprovals<Its extends Instance>(
  place: ApprovalPlace<Its>,
  asker: Asker,
): Approvals {
  return approvalsFrom(sourceOf(place, asker), asker.now)
}

function sourceOf<Its extends Instance>(
  place: ApprovalPlace<Its>,
  asker: Asker,
): RequestSource<AskedRow<Its>> {
  const { surface, rules, permissions } = place
  const { client } = asker
  return {
    caller: async (signal) => client.identity(signal),
    list: async (side, signal, onUnreadable) =>
      listAsked(surface, side, asker, signal, { ...(onUnreadable && { onUnreadable }) }),
    read: async (id, signal) => readNamedAsked(surface, id, asker, signal),
    rightOf: ({ instance }) => rightKey(instance.right),
    name: async (rows, me, signal) => nameAsked(rows, me, place, asker, signal),
    stages: async (approvalId, signal) => readStages(surface, approvalId, client, signal),
    unreadStage: () => undefined,
    approvers: async ({ reference }, signal) => {
      const stages = readApprovers(await rules(reference, client, signal))
      const { objectId, username } = await client.identity(signal)
      const me = new Map([[fold(objectId), username]])
      const nameless = stages.flat().flatMap(({ id, name }) => (name === undefined ? [id] : []))
      const others = nameless.filter((id) => !me.has(fold(id)))
      const names = new Map([...(await readPrincipalNames(others, client, signal)), ...me])
      return stages.map((stage) => stage.map(({ id, name }) => name || names.get(fold(id)) || id))
    },
    permissions: async ({ reference }, signal) => permissions(reference, client, signal),
    sendDecision: async (request, stageId, verdict, signal) =>
      sendDecision(surface, { approvalId: approvalOf(request), stageId }, verdict, client, signal),
    reread: async ({ id }, signal) => readAsked(surface, id, asker, signal),
    cancel: async (id, _facts, signal) => cancel(surface, id, client, signal),
    outcome: async (id, facts, signal) =>
      readOwnRequest(surface, { providerRequestId: id, facts }, client, signal),
  }
}
