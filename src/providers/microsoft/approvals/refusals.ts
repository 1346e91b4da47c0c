import type { AccessRequest, ApprovalStage } from '../../../core/elevation/approval.ts'
import { PimError, type ProviderAnswer } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { formatWhen } from '../../../core/time/local-time.ts'
import { hasLapsed, isOpen, type SeenStage } from './stage.ts'

interface Said {
  readonly provider?: ProviderAnswer | undefined
  readonly cause?: unknown
}

export function ownRequest(): PimError {
  return new PimError('refused', 'own-request', 'you cannot decide about your own request', {
    hint: 'ask another approver; `pim cancel` cancels it',
  })
}

/** The requester is not known where only the stages can be read. */
export function notAnApprover(
  { requester, stages }: Pick<AccessRequest, 'stages'> & Partial<Pick<AccessRequest, 'requester'>>,
  said: Said = {},
): PimError {
  const running = stages.find(isOpen) ?? stages.find(({ result }) => result === undefined)
  const names = (running?.approvers ?? []).map(printable).join(', ')
  const who = names === '' ? 'the role settings name the approvers' : `${names} may`
  const whose = requester === undefined ? '' : ` of ${printable(requester.name)}`
  return new PimError('refused', 'not-an-approver', `this request${whose} does not wait for you`, {
    hint: `${who}; a right to approve that was only just given, or activated, may take minutes to count`,
    ...said,
  })
}

type DecidedRequest = Pick<AccessRequest, 'id' | 'state' | 'stages'>

/** It is over in one way or another, or this stage of it is. */
export function alreadyDecided(request: DecidedRequest, now: Date, said: Said = {}): PimError {
  const { says, hint } = pastOf(request, now)
  const message = `request ${printable(request.id)} was ${says}`
  return new PimError('refused', 'already-decided', message, { hint, ...said })
}

function requestExpired(id: string, said: Said = {}): PimError {
  const message = `request ${printable(id)} expired before an approver decided`
  const hint = 'the requester can ask again'
  return new PimError('refused', 'request-expired', message, { hint, ...said })
}

/** It may be the entry of a list that cannot be read. */
export function notShown(id: string, { kind, code, message, hint }: PimError): PimError {
  const text = `request ${printable(id)} is not shown; ${message}`
  return new PimError(kind, code, text, { hint })
}

export function unknownRequest(id: string, said: Said = {}): PimError {
  return new PimError('usage', 'unknown-request', `there is no request ${printable(id)}`, {
    hint: '`pim requests` shows yours, `pim requests --to-approve` those that wait for you',
    ...said,
  })
}

function pastOf(
  { state, stages }: DecidedRequest,
  now: Date,
): { readonly says: string; readonly hint: string } {
  if (state === 'canceled') return { says: 'cancelled', hint: 'the requester can ask again' }
  const last = stages.findLast(({ result }) => result !== undefined)
  const by = last?.decidedBy === undefined ? '' : ` by ${printable(last.decidedBy)}`
  const at = last?.decidedAt === undefined ? '' : ` at ${formatWhen(last.decidedAt, now)}`
  const word = last?.result === 'deny' || state === 'denied' ? 'denied' : 'approved'
  const isMidway = state === 'pending-approval' && last !== undefined
  return {
    says: `already ${last === undefined && state !== 'denied' ? 'decided' : word}${by}${at}`,
    hint: isMidway
      ? 'other approvers decide the next stage'
      : 'the first decision counts; `pim requests --to-approve` shows what still waits for you',
  }
}

/** Why nothing can be decided about a request that does not wait; undefined where it does. */
export function endedWhy(request: AccessRequest, now: Date, said: Said = {}): PimError | undefined {
  const { id, state, status, stages } = request
  if (status.toLowerCase() === 'timedout' || stages.some(hasLapsed)) return requestExpired(id, said)
  return state === 'pending-approval' ? undefined : alreadyDecided(request, now, said)
}

/** Why none of the stages can be decided by the caller, though the request waits. */
export function whyNoStage(request: AccessRequest, now: Date): PimError {
  const { stages } = request
  const mine = stages.filter(({ assignedToMe }) => assignedToMe)
  const isAllDone = stages.every(({ result }) => result !== undefined)
  const isMineDone = mine.length > 0 && mine.every(({ result }) => result !== undefined)
  return isAllDone || isMineDone ? alreadyDecided(request, now) : notAnApprover(request)
}

/** Why a request is in no list any more, by the stages of its approval, which is all that is shown of it. */
export function whyNotListed(id: string, seen: readonly SeenStage[], now: Date): PimError {
  const stages = seen.map(({ stage }) => ({ ...stage, approvers: [] }))
  if (stages.some(hasLapsed)) return requestExpired(id)
  const isDenied = stages.some(({ result }) => result === 'deny')
  const isWaiting = !isDenied && stages.some(isOpen)
  if (stages.some(({ result }) => result !== undefined)) {
    return alreadyDecided({ id, state: isWaiting ? 'pending-approval' : 'active', stages }, now)
  }
  if (isWaiting) return notAnApprover({ stages })
  const message = `request ${printable(id)} was closed without a decision`
  return new PimError('refused', 'already-decided', message, {
    hint: 'the requester may have cancelled it, and can ask again',
  })
}

/** The stage that the caller decides: it is running, and theirs. */
export function stageForMe(stages: readonly ApprovalStage[]): ApprovalStage | undefined {
  return stages.find((stage) => isOpen(stage) && stage.assignedToMe && stage.id !== '')
}
