import type { AccessRequest, ApprovalStage } from '../../../core/elevation/approval.ts'
import { PimError, type ProviderAnswer } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { hasLapsed, isOpen } from './stage.ts'

interface Said {
  readonly provider?: ProviderAnswer | undefined
  readonly cause?: unknown
}

export function ownRequest(): PimError {
  return new PimError('refused', 'own-request', 'you cannot decide about your own request', {
    hint: 'ask another approver; `pim cancel` cancels it',
  })
}

export function notAnApprover(
  { requester, stages }: Pick<AccessRequest, 'requester' | 'stages'>,
  said: Said = {},
): PimError {
  const running = stages.find(isOpen) ?? stages.find(({ result }) => result === undefined)
  const names = (running?.approvers ?? []).map(printable).join(', ')
  const who = names === '' ? 'who may is in the role settings' : `${names} may`
  return new PimError(
    'refused',
    'not-an-approver',
    `this request of ${printable(requester.name)} does not wait for you`,
    {
      hint: `${who}; a right to approve that was only just given, or activated, may take minutes to count`,
      ...said,
    },
  )
}

/** It is over in one way or another, or this stage of it is. */
export function alreadyDecided(request: DecidedRequest, said: Said = {}): PimError {
  const { says, hint } = pastOf(request)
  return new PimError('refused', 'already-decided', says, { hint, ...said })
}

function requestExpired(said: Said = {}): PimError {
  return new PimError(
    'refused',
    'request-expired',
    'the request expired before an approver decided',
    {
      hint: 'the requester can ask again',
      ...said,
    },
  )
}

export function unknownRequest(id: string, said: Said = {}): PimError {
  return new PimError('usage', 'unknown-request', `there is no request ${printable(id)}`, {
    hint: '`pim requests` shows yours, `pim requests --to-approve` those that wait for you',
    ...said,
  })
}

type DecidedRequest = Pick<AccessRequest, 'state' | 'stages'>

function pastOf({ state, stages }: DecidedRequest): {
  readonly says: string
  readonly hint: string
} {
  if (state === 'canceled') {
    return {
      says: 'the request was cancelled',
      hint: 'the requester cancelled it',
    }
  }
  const last = stages.findLast(({ result }) => result !== undefined)
  const by = last?.decidedBy === undefined ? '' : ` by ${printable(last.decidedBy)}`
  const word = last?.result === 'deny' || state === 'denied' ? 'denied' : 'approved'
  const isMidway = state === 'pending-approval' && last !== undefined
  return {
    says: `it is ${last === undefined && state !== 'denied' ? 'decided' : word} already${by}`,
    hint: isMidway
      ? 'the next stage is for its own approvers'
      : 'the first decision counts; `pim requests --to-approve` shows what still waits for you',
  }
}

/** Why nothing can be decided about a request that does not wait; undefined where it does. */
export function endedWhy(request: AccessRequest, said: Said = {}): PimError | undefined {
  const { state, status, stages } = request
  if (status.toLowerCase() === 'timedout' || stages.some(hasLapsed)) return requestExpired(said)
  return state === 'pending-approval' ? undefined : alreadyDecided(request, said)
}

/** Why none of the stages can be decided by the caller, though the request waits. */
export function whyNoStage(request: AccessRequest): PimError {
  const { stages } = request
  const mine = stages.filter(({ assignedToMe }) => assignedToMe)
  const isAllDone = stages.every(({ result }) => result !== undefined)
  const isMineDone = mine.length > 0 && mine.every(({ result }) => result !== undefined)
  return isAllDone || isMineDone ? alreadyDecided(request) : notAnApprover(request)
}

/** The stage that the caller decides: it is running, and theirs. */
export function stageForMe(stages: readonly ApprovalStage[]): ApprovalStage | undefined {
  return stages.find((stage) => isOpen(stage) && stage.assignedToMe && stage.id !== '')
}
