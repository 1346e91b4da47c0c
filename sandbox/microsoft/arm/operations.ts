import { getApproval, getStage, listApprovals, listStages, putStage } from './approvals.ts'
import type { StageQuestion } from './approvals.ts'
import {
  getRoleDefinition,
  listActive,
  listChildren,
  listEligible,
  listPermissions,
  listPolicies,
} from './reads.ts'
import type { Question } from './reads.ts'
import { cancelRequest, getRequest, listRequests, putRequest, validateRequest } from './requests.ts'
import { getSubscription, listTenants } from './resources.ts'
import type { Requestor } from '../pim/activate.ts'
import type { PimState } from '../pim/state.ts'
import type { ApiGround } from '../api-context.ts'
import { listing, pageOf } from '../server/paging.ts'
import type { Listing } from '../server/paging.ts'
import type { TenantAnswer, TenantRequest } from '../server/request.ts'

/** One call, understood. */
interface Turn extends ApiGround {
  readonly request: TenantRequest
  readonly scope: string
  /** What the path names after the kind of thing. */
  readonly name: string
  /** And after that, where it is a stage of an approval. */
  readonly stage: string
  readonly requestor: Requestor
  readonly isInBatch: boolean
}

/** Something ARM can do. */
export interface Operation {
  readonly operation: string | ((request: TenantRequest) => string)
  readonly versions: readonly string[]
  readonly act: (turn: Turn) => TenantAnswer
}

const stable = ['2020-10-01', '2020-10-01-preview']
const definitions = ['2022-04-01', '2018-07-01', '2015-07-01']
const resources = ['2022-12-01', '2021-01-01', '2020-01-01']
const approvals = ['2021-01-01-preview']

/** By method and by what follows `providers/Microsoft.Authorization`. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET roleeligibilityscheduleinstances': {
    operation: 'list-eligible',
    versions: stable,
    act: (turn) => answerPage(listEligible(questionOf(turn), turn.pim), turn),
  },
  'GET roleassignmentscheduleinstances': list('list-active', stable, listActive),
  'GET rolemanagementpolicyassignments': list('policies', stable, listPolicies),
  'GET eligiblechildresources': list('children', stable, listChildren),
  'GET permissions': list('permissions', definitions, listPermissions),
  'GET roledefinitions/{name}': {
    operation: 'role-definition',
    versions: definitions,
    act: ({ scope, name, pim }) => getRoleDefinition(scope, name, pim),
  },
  'GET roleassignmentschedulerequests': {
    operation: ({ query }) =>
      /asApprover/i.test(query.get('$filter') ?? '') ? 'list-requests-to-approve' : 'list-requests',
    versions: stable,
    act: (turn) => answerPage(listing(listRequests(turn, turn.pim)), turn),
  },
  'GET roleassignmentschedulerequests/{name}': {
    operation: 'read-request',
    versions: stable,
    act: (turn) => getRequest(turn, turn.pim),
  },
  'PUT roleassignmentschedulerequests/{name}': {
    operation: 'activate',
    versions: stable,
    act: (turn) => putRequest(turn, turn.request.body, turn.pim),
  },
  'POST roleassignmentschedulerequests/{name}/cancel': {
    operation: 'cancel',
    versions: stable,
    act: (turn) => cancelRequest(turn, turn.pim),
  },
  'POST roleassignmentschedulerequests/{name}/validate': {
    operation: 'validate',
    versions: stable,
    act: (turn) => validateRequest(turn, turn.request.body, turn.pim),
  },
  'GET roleassignmentapprovals': {
    operation: 'list-approvals',
    versions: approvals,
    act: (turn) => {
      const filter = turn.request.query.get('$filter')
      return answerPage(listing(listApprovals(filter, turn.requestor.id, turn.pim)), turn)
    },
  },
  'GET roleassignmentapprovals/{name}': {
    operation: 'approval',
    versions: approvals,
    act: (turn) => getApproval(stageQuestionOf(turn), turn.pim),
  },
  'GET roleassignmentapprovals/{name}/stages': {
    operation: 'approval-stages',
    versions: approvals,
    act: (turn) => answerPage(listing(listStages(stageQuestionOf(turn), turn.pim)), turn),
  },
  'GET roleassignmentapprovals/{name}/stages/{stage}': {
    operation: 'approval-stage',
    versions: approvals,
    act: (turn) => getStage(stageQuestionOf(turn), turn.pim),
  },
  'PATCH roleassignmentapprovals/{name}/stages/{stage}': decision(),
  'PUT roleassignmentapprovals/{name}/stages/{stage}': decision(),
}

export const subscription: Operation = {
  operation: 'subscription',
  versions: resources,
  act: ({ scope, requestor, pim }) => getSubscription(scope, requestor.id, pim),
}
export const tenants: Operation = {
  operation: 'tenants',
  versions: resources,
  act: ({ pim }) => ({ status: 200, body: { value: listTenants(pim) } }),
}

function list(
  operation: string,
  versions: readonly string[],
  read: (question: Question, state: PimState) => unknown[],
): Operation {
  const act = (turn: Turn) => answerPage(listing(read(questionOf(turn), turn.pim)), turn)
  return { operation, versions, act }
}

function decision(): Operation {
  return {
    operation: 'decide',
    versions: approvals,
    act: (turn) => putStage(stageQuestionOf(turn), turn.request.body, turn.settings, turn.pim),
  }
}

function stageQuestionOf({ name, stage, requestor, isInBatch }: Turn): StageQuestion {
  return { name, stage, callerId: requestor.id, isInBatch }
}

function questionOf({ scope, requestor, request }: Turn): Question {
  return { scope, callerId: requestor.id, query: request.query }
}

function answerPage<T>(list: Listing<T>, { request, settings }: Turn): TenantAnswer {
  const { items, next } = pageOf(list, request, settings.pageSize)
  return { status: 200, body: { value: items, ...(next !== undefined && { nextLink: next }) } }
}
