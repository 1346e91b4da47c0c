import { expandOf, get, ok, page, whole } from './operation.ts'
import type { GraphVersion, Operation, Turn } from './operation.ts'
import { ownRequest } from './requests.ts'
import type { GraphScope } from './scopes.ts'
import { requestsForApprover, stagesOf } from '../pim/approval.ts'
import { decideStage, readVerdict } from '../pim/decide.ts'
import { requestsOf } from '../pim/state.ts'
import type { PimRequest } from '../pim/state.ts'
import { TenantError } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { PimKind } from '../seed/model.ts'
import { listing } from '../server/paging.ts'

interface ApprovalPlace {
  readonly path: string
  readonly kind: Extract<PimKind, 'entra' | 'group'>
  /** As in `decide-role`. */
  readonly noun: 'role' | 'group'
  readonly reading: GraphScope
  readonly deciding: GraphScope
  /** The versions that have approvals, and what each calls the stages. */
  readonly stages: readonly (readonly [version: GraphVersion, segment: 'stages' | 'steps'])[]
}

/** Reading and deciding approvals, alike for roles and groups. */
export function approvalOperations(place: ApprovalPlace): readonly Operation[] {
  return place.stages.flatMap(([version, segment]) =>
    operationsIn(place, segment).map((operation) => ({ ...operation, version })),
  )
}

function operationsIn(
  { path, kind, noun, reading, deciding }: ApprovalPlace,
  segment: 'stages' | 'steps',
): readonly Operation[] {
  const byUser = String.raw`/filterByCurrentUser\(on='(target|createdBy|approver)'\)`
  return [
    get(`${path}${byUser}`, `list-${noun}-approvals`, reading, (turn) => {
      const found = listApprovals(kind, turn)
      return page(listing(found.map((one) => renderApproval(one, segment, turn))), turn)
    }),
    get(`${path}/([^/]+)`, `approval-${noun}`, reading, (turn) =>
      ok(renderApproval(findApproval(kind, turn), segment, turn)),
    ),
    get(`${path}/([^/]+)/${segment}`, `approval-${noun}-stages`, reading, (turn) =>
      page(listing(renderStages(findApproval(kind, turn), turn)), turn),
    ),
    get(`${path}/([^/]+)/${segment}/([^/]+)`, `approval-${noun}-stage`, reading, (turn) =>
      ok(findStage(findApproval(kind, turn), turn)),
    ),
    {
      method: 'PATCH',
      pattern: whole(`${path}/([^/]+)/${segment}/([^/]+)`),
      operation: `decide-${noun}`,
      scope: deciding,
      act: (turn) => {
        const { requestor, stage, request, pim } = turn
        const verdict = readVerdict(request.body)
        decideStage(findApproval(kind, turn), stage, verdict, requestor.id, pim)
        return { status: 204 }
      },
    },
  ]
}

function listApprovals(kind: PimKind, { name, requestor, pim }: Turn): readonly PimRequest[] {
  const found = sameText(name, 'approver')
    ? requestsForApprover(requestor.id, kind, pim)
    : requestsOf(requestor.id, kind, pim)
  return found.filter(({ needsApproval }) => needsApproval)
}

/** The approval of a request has its id. */
function findApproval(kind: PimKind, { name, requestor, pim }: Turn): PimRequest {
  const request = ownRequest(kind, name, requestor, pim)
  if (request.needsApproval) return request
  throw notFound(name)
}

function renderApproval(request: PimRequest, segment: 'stages' | 'steps', turn: Turn): unknown {
  const isExpanded = expandOf(turn).includes(segment)
  return { id: request.id, ...(isExpanded && { [segment]: renderStages(request, turn) }) }
}

function findStage(request: PimRequest, turn: Turn): unknown {
  const found = renderStages(request, turn).find(({ id }) => sameText(id, turn.stage))
  if (found === undefined) throw notFound(turn.stage)
  return found
}

function renderStages(request: PimRequest, { requestor, pim }: Turn) {
  return stagesOf(request, requestor.id, pim).map(({ reviewer, ...stage }) => ({
    ...stage,
    displayName: null,
    reviewedBy: reviewer ?? null,
  }))
}

function notFound(id: string): TenantError {
  return new TenantError(404, 'ResourceNotFound', `The resource '${id}' does not exist.`)
}
