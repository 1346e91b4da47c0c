import * as v from 'valibot'

import { armId } from './wire.ts'
import { mayRead, requestsForApprover, stagesOf } from '../pim/approval.ts'
import type { ApprovalStage } from '../pim/approval.ts'
import { decideStage, readVerdict } from '../pim/decide.ts'
import { findRequest, requestsOf } from '../pim/state.ts'
import type { PimRequest, PimState } from '../pim/state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { TenantAnswer } from '../server/request.ts'

/** How ARM takes decisions. The sources contradict each other, so that clients have to cope with all. */
export interface ArmApprovalSettings {
  /**
   * Where a decision stands in the body: at its top, as the schema and Learn have it, or wrapped in
   * `properties`, as in the official examples. The other form is answered with 400.
   */
  readonly approvalBody: 'top-level' | 'wrapped' | 'both'
  /** Whether decisions are taken as the portal sends them, inside of a batch, and answered with 400 otherwise. */
  readonly approvalsOnlyByBatch: boolean
}

/** An approval by its id, from somebody. */
export interface ApprovalQuestion {
  readonly name: string
  readonly callerId: string
}

/** A stage of it; `isInBatch` where the question is part of a batch. */
export interface StageQuestion extends ApprovalQuestion {
  readonly stage: string
  readonly isInBatch: boolean
}

/** The approvals that the caller has to do with; a filter narrows them. Throws 400 for an unknown one. */
export function listApprovals(
  filter: string | null,
  callerId: string,
  state: PimState,
): readonly unknown[] {
  const asked = requestsOf(callerId, 'azure', state).filter(({ needsApproval }) => needsApproval)
  const toDecide = requestsForApprover(callerId, 'azure', state)
  const all: Readonly<Record<string, readonly PimRequest[]>> = {
    '': [...new Set([...asked, ...toDecide])],
    'asapprover()': toDecide,
    'ascreatedby()': asked,
    'astarget()': asked,
  }
  const found = all[(filter ?? '').trim().toLowerCase()]
  if (found === undefined) throw badRequest(`The filter '${filter}' is not supported.`)
  return found.map((request) => renderApproval(request, callerId, state))
}

export function getApproval(question: ApprovalQuestion, state: PimState): TenantAnswer {
  const request = findApproval(question, state)
  return { status: 200, body: renderApproval(request, question.callerId, state) }
}

export function listStages(question: ApprovalQuestion, state: PimState): readonly unknown[] {
  return renderStages(findApproval(question, state), question.callerId, state)
}

export function getStage({ stage, ...question }: StageQuestion, state: PimState): TenantAnswer {
  const request = findApproval(question, state)
  const index = stagesOf(request, question.callerId, state).findIndex(({ id }) =>
    sameText(id, stage),
  )
  if (index < 0) throw notFound(stage)
  return { status: 200, body: renderStages(request, question.callerId, state)[index] }
}

/** Decides a stage and answers with it; in a batch, as measured, with nothing. Throws as `decideStage`. */
export function putStage(
  question: StageQuestion,
  body: unknown,
  settings: ArmApprovalSettings,
  state: PimState,
): TenantAnswer {
  const { stage, callerId, isInBatch } = question
  const request = findApproval(question, state)
  if (settings.approvalsOnlyByBatch && !isInBatch) {
    throw badRequest('The approval stage cannot be updated.')
  }
  // The portal wraps, and that works whatever a direct call has to look like.
  const form = isInBatch ? 'wrapped' : settings.approvalBody
  decideStage(request, stage, readVerdict(unwrap(body, form)), callerId, state)
  return isInBatch ? { status: 204 } : getStage(question, state)
}

const Wrapped = v.object({ properties: v.unknown() })

function unwrap(body: unknown, form: ArmApprovalSettings['approvalBody']): unknown {
  const read = v.safeParse(Wrapped, body)
  if (read.success && form !== 'top-level') return read.output.properties
  if (!read.success && form !== 'wrapped') return body
  throw badRequest('The request content was invalid and could not be deserialized.')
}

function findApproval({ name, callerId }: ApprovalQuestion, state: PimState): PimRequest {
  const request = findRequest(name, 'azure', state)
  if (request?.needsApproval !== true) throw notFound(name)
  if (mayRead(callerId, request, state)) return request
  throw new TenantError(
    403,
    'InsufficientPermissions',
    `The requestor ${callerId} does not have permissions for this approval.`,
  )
}

function renderApproval(request: PimRequest, callerId: string, state: PimState): unknown {
  return {
    id: armId('', 'roleAssignmentApprovals', request.id),
    name: request.id,
    type: 'Microsoft.Authorization/roleAssignmentApprovals',
    properties: { stages: renderStages(request, callerId, state) },
  }
}

function renderStages(request: PimRequest, callerId: string, state: PimState): readonly unknown[] {
  const stages = stagesOf(request, callerId, state)
  return stages.map(({ id, reviewer, ...properties }, index) => ({
    id: armId('', 'roleAssignmentApprovals', request.id, 'stages', id),
    name: id,
    type: 'Microsoft.Authorization/roleAssignmentApprovals/stages',
    properties: {
      ...properties,
      displayName: stages.length === 1 ? 'Approval' : `Stage ${index + 1}`,
      reviewedBy: renderReviewer(reviewer),
    },
  }))
}

function renderReviewer(reviewer: ApprovalStage['reviewer']): unknown {
  if (reviewer === undefined) return null
  const { id: principalId, displayName: principalName, userPrincipalName } = reviewer
  return { principalId, principalType: 'user', principalName, userPrincipalName }
}

function notFound(id: string): TenantError {
  return new TenantError(404, 'ResourceNotFound', `The resource '${id}' does not exist.`)
}
