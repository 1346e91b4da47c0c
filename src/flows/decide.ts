import type { AuditHead, AuditLog } from '../core/audit.ts'
import type { AccessRequest, Verdict } from '../core/approval.ts'
import type { Actor } from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import { formatTarget } from '../core/target.ts'
import { withIdentity } from './elevation-events.ts'
import type { LocatedRequest } from './requests.ts'

export interface DecideDeps {
  readonly audit: AuditLog
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
  const decided = await approvals.decide(request, verdict, deps.signal).catch((error: unknown) => {
    throw asPimError(error).about(target)
  })
  await record(request, verdict, { ...deps, actor: withIdentity(deps.actor, identity) })
  return decided
}

async function record(
  request: AccessRequest,
  { decision, justification }: Verdict,
  { audit, actor }: DecideDeps,
): Promise<AuditHead> {
  const target = formatTarget(request)
  try {
    return await audit.append({
      event: decision === 'approve' ? 'approval.approved' : 'approval.denied',
      target,
      providerRequestId: request.id,
      requester: request.requester.name,
      justification,
      actor: { ...actor },
    })
  } catch (thrown) {
    const { kind, code, message, hint } = asPimError(thrown)
    throw new PimError(kind, code, `it is decided, but that could not be recorded: ${message}`, {
      target,
      hint,
      cause: thrown,
    })
  }
}
