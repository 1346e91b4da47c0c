import type { AuditEvent, AuditLog } from '../../core/audit/audit.ts'
import type { AccessRequest, Verdict } from '../../core/elevation/approval.ts'
import type { CredentialStores } from '../../core/credentials.ts'
import type { Actor } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { formatTarget } from '../../core/target.ts'
import { withIdentity } from '../record/events.ts'
import type { LocatedRequest } from './requests.ts'
import { beginWork } from '../record/unfinished.ts'
import { isAnswerLost } from '../elevate/wait-errors.ts'

export interface DecideDeps {
  readonly audit: AuditLog
  readonly stores: CredentialStores
  readonly actor: Actor
  readonly signal: AbortSignal
}

/** Approves or denies somebody's request. A log that could not take the record is found out before anything is decided. */
export async function decide(
  { request, provider }: LocatedRequest,
  verdict: Verdict,
  deps: DecideDeps,
): Promise<AccessRequest> {
  const target = formatTarget(request)
  const { approvals } = provider
  if (approvals === undefined) throw new PimError('unexpected', 'no-approvals', 'it knows none')
  await deps.audit.ensureSound()
  const identity = await provider.whoAmI(deps.signal).catch(() => undefined)
  const decision = decisionOn(request, verdict, withIdentity(deps.actor, identity))
  // Should pim be stopped before it has the answer, the log says so all the same.
  const note = await beginWork({ items: [], ending: { ...decision, state: 'unknown' } }, deps)
  try {
    const decided = await approvals.decide(request, verdict, deps.signal)
    await note.update({ ending: decision }).catch(() => undefined)
    await deps.audit.append(decision).catch((error: unknown) => {
      throw unrecordedDecision(asPimError(error))
    })
    await note.end()
    return decided
  } catch (thrown) {
    const error = asPimError(thrown)
    await (error.kind === 'audit' || isAnswerLost(error) ? note.leave() : note.end())
    throw error.about(target)
  }
}

function decisionOn(
  request: AccessRequest,
  { decision, justification }: Verdict,
  actor: Actor,
): AuditEvent {
  return {
    event: decision === 'approve' ? 'approval.approved' : 'approval.denied',
    target: formatTarget(request),
    providerRequestId: request.id,
    requester: request.requester.name,
    justification,
    actor: { ...actor },
  }
}

function unrecordedDecision({ kind, code, message, hint, cause }: PimError): PimError {
  const text = `it is decided, but that could not be recorded: ${message}`
  return new PimError(kind, code, text, { hint, cause })
}
