import type { ApprovalStage, Verdict } from '../../core/approval.ts'
import type { Elevation } from '../../core/elevation.ts'
import { PimError } from '../../core/errors.ts'

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
  const { roleDefinitionId, directoryScopeId, groupId, accessId } = facts ?? {}
  const known = { roleDefinitionId, directoryScopeId, groupId, accessId }
  assertAnswerOf({ ...known, id: providerRequestId, principalId: identity?.account }, request)
}

/** What is known of a request before it is read. */
export type OwnRequest = Pick<Elevation, 'providerRequestId'> &
  Partial<Pick<Elevation, 'identity' | 'facts'>>

function lastPart(text: string): string {
  return text.toLowerCase().split('/').at(-1) ?? ''
}

/** Throws where a stage was decided otherwise than it was sent. That it shows no decision yet proves nothing. */
export function assertDecidedAs(
  { decision }: Pick<Verdict, 'decision'>,
  { result }: Pick<ApprovalStage, 'result'>,
): void {
  if (result !== undefined && result !== decision) throw contradicting('reviewResult')
}

function contradicting(field: string): PimError {
  const message = `the answer is about another request than was sent (${field})`
  return new PimError('unavailable', 'contradicting-answer', message, {
    hint: 'check that nothing stands between this machine and Microsoft',
  })
}
