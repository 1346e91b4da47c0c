import type { ApprovalStage, Verdict } from '../../../core/elevation/approval.ts'
import type { Elevation } from '../../../core/elevation/elevation.ts'
import { PimError } from '../../../core/errors.ts'
import { stateOfStatus } from './request-status.ts'

/** What says which right is meant, for whom, and what is to become of it. */
const telling = [
  'id',
  'action',
  'requestType',
  'principalId',
  'roleDefinitionId',
  'directoryScopeId',
  'groupId',
  'accessId',
] as const

/**
 * Whether an answer is about what was sent: a field that both hold must say the same. ARM may write the path
 * of a role from another scope, so that of a path only the end counts. Throws `unavailable`
 * (`contradicting-answer`): an answer about something else proves nothing.
 */
export function assertAnswerOf(sent: object, answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) return
  const asked = new Map<string, unknown>(Object.entries(sent))
  const got = new Map<string, unknown>(Object.entries(answer))
  for (const field of telling) {
    const [one, other] = [asked.get(field), got.get(field)]
    if (typeof one !== 'string' || typeof other !== 'string') continue
    if (lastPart(one) !== lastPart(other)) throw contradicting(field)
  }
}

/**
 * The same for an elevation's own request that is read: it is the one of this id, of the account that holds
 * the elevation, and about its role or group.
 */
export function assertRequestOf(
  { providerRequestId, identity, facts }: OwnRequest,
  request: object,
): void {
  const { roleDefinitionId, directoryScopeId, groupId, accessId, principalId } = facts ?? {}
  const known = { roleDefinitionId, directoryScopeId, groupId, accessId }
  const holder = identity?.account ?? principalId
  assertAnswerOf({ ...known, id: providerRequestId, principalId: holder }, request)
}

/** What is known of a request before it is read. */
export type OwnRequest = Pick<Elevation, 'providerRequestId'> &
  Partial<Pick<Elevation, 'identity' | 'facts'>>

function lastPart(text: string): string {
  return text.toLowerCase().split('/').at(-1) ?? ''
}

/**
 * Throws where an answer shows another stage than was decided, or another decision. A stage without an id,
 * or without a decision yet, proves nothing.
 */
export function assertDecidedAs(
  { decision }: Pick<Verdict, 'decision'>,
  stageId: string,
  { id, result }: Pick<ApprovalStage, 'id' | 'result'>,
): void {
  if (id !== '') assertAnswerOf({ id: stageId }, { id })
  if (result !== undefined && result !== decision) throw contradicting('reviewResult')
}

/** Throws where the answer to a cancellation shows another request, or one that is not canceled. */
export function assertCanceled(requestId: string, answer: object): void {
  assertAnswerOf({ id: requestId }, answer)
  const status = 'status' in answer ? answer.status : undefined
  if (typeof status !== 'string') return
  if (stateOfStatus(status) !== 'canceled') throw contradicting('status')
}

export function contradicting(field: string): PimError {
  const message = `the answer is about another request than was sent (${field})`
  return new PimError('unavailable', 'contradicting-answer', message, {
    hint: 'check for a proxy or firewall between this machine and Microsoft',
  })
}
