import type { AccessRequest, ApprovalStage, Verdict } from '../../../core/elevation/approval.ts'
import { asPimError, type PimError } from '../../../core/errors.ts'
import { assertDecidedAs } from '../pim/contradicting-answer.ts'
import type { AskedAccess } from './access-request.ts'
import type { MicrosoftIdentity } from '../http/client.ts'
import {
  alreadyDecided,
  endedWhy,
  notAnApprover,
  ownRequest,
  stageForMe,
  unknownRequest,
  whyNoStage,
} from './refusals.ts'
import { approvalOf, type RequestSource } from './request-source.ts'
import { withStages } from './request-details.ts'
import type { SeenStage } from './stage.ts'

type Stages = Pick<RequestSource, 'stages' | 'unreadStage'>

/** A decision on its way. */
interface Decision {
  readonly request: AccessRequest
  readonly stageId: string
  readonly verdict: Verdict
  readonly me: MicrosoftIdentity
}

/**
 * Decides the stage that waits for the caller, and gives the request as it stands then. What cannot
 * be decided is refused before anything is sent, as far as the request shows it.
 */
export async function decide<Row extends AskedAccess>(
  request: AccessRequest,
  verdict: Verdict,
  source: RequestSource<Row>,
  now: () => Date,
  signal: AbortSignal,
): Promise<AccessRequest> {
  const me = await source.caller(signal)
  if (isSameId(request.requester.id, me.objectId)) throw ownRequest()
  const decision = {
    request,
    verdict,
    me,
    stageId: await stageToDecide(request, source, now(), signal),
  }
  try {
    await source.sendDecision(request, decision.stageId, verdict, signal)
  } catch (error) {
    const why = await whyRefused(error, decision, source, now(), signal)
    if (why !== undefined) throw why
  }
  return afterwards(decision, source, now, signal)
}

/** Throws where no stage can be decided by the caller. */
async function stageToDecide(
  request: AccessRequest,
  source: Stages,
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  const ended = endedWhy(request, now)
  if (ended !== undefined) throw ended
  const stages =
    request.stages.length > 0 ? request.stages : await readAgain(request, source, signal)
  const stage = stageForMe(stages)
  if (stage !== undefined) return stage.id
  const unread = stages.length === 0 ? source.unreadStage(request) : undefined
  if (unread === undefined) throw whyNoStage({ ...request, stages }, now)
  return unread
}

/** Whoever may not see the stages may still be right to decide the only one. */
async function readAgain(
  request: AccessRequest,
  source: Stages,
  signal: AbortSignal,
): Promise<readonly ApprovalStage[]> {
  try {
    return withStages(request, await source.stages(approvalOf(request), signal), []).stages
  } catch (error) {
    const { kind, provider } = asPimError(error)
    if (kind !== 'refused') throw error
    if (source.unreadStage(request) !== undefined) return []
    throw [403, 404].includes(provider?.status ?? 0) ? notAnApprover(request) : error
  }
}

/**
 * What a decision failed of. Undefined where it is in force all the same: the answer was lost on
 * its way, or a second try found the first.
 */
async function whyRefused(
  thrown: unknown,
  { request, stageId, verdict, me }: Decision,
  source: Stages,
  now: Date,
  signal: AbortSignal,
): Promise<PimError | undefined> {
  const error = asPimError(thrown)
  const { kind, provider } = error
  if (kind === 'interrupted' || kind === 'sign-in') return error
  const seen = await source
    .stages(approvalOf(request), signal)
    .catch((): readonly SeenStage[] => [])
  const ours = seen.find(({ stage }) => isSameId(stage.id, stageId))
  const isOurs = isSameId(ours?.reviewerId ?? '', me.objectId)
  if (ours?.stage.result === verdict.decision && isOurs) return undefined
  const said = { provider, cause: error }
  const by = withStages(request, seen, [])
  if (ours?.stage.result !== undefined) return alreadyDecided(by, now, said)
  const ended = endedWhy(by, now, said)
  if (ended !== undefined) return ended
  if (kind !== 'refused') return error
  if (provider?.status === 403) return notAnApprover(request, said)
  if (provider?.status === 404) return unknownRequest(request.id, said)
  return provider?.status === 409 ? alreadyDecided(by, now, said) : error
}

/**
 * The decision is made: what cannot be read by now is said as far as it is known. Throws `unavailable`
 * (`contradicting-answer`) where the stage shows another decision than was sent, `refused`
 * (`already-decided`) where it shows somebody else's.
 */
async function afterwards<Row extends AskedAccess>(
  { request, stageId, verdict, me }: Decision,
  source: RequestSource<Row>,
  now: () => Date,
  signal: AbortSignal,
): Promise<AccessRequest> {
  const [fresh, seen] = await Promise.all([
    source.reread(request, signal).catch(() => undefined),
    source.stages(approvalOf(request), signal).catch((): readonly SeenStage[] => []),
  ])
  const decided = seen.find(({ stage }) => isSameId(stage.id, stageId))
  const shown = withStages(request, seen, [])
  if (decided !== undefined) assertDecidedAs(verdict, stageId, decided.stage)
  // The stage is decided once: the record must not say that it was me.
  if (!isSameId(decided?.reviewerId ?? me.objectId, me.objectId)) throw alreadyDecided(shown, now())
  const stages = shown.stages.map((stage) =>
    isSameId(stage.id, stageId) ? decidedStage(stage, verdict, me, now()) : stage,
  )
  const { lapsesAt, ...kept } = shown
  const reached = stateAfter(fresh, stages, verdict, request)
  const lapses = lapsesAt !== undefined && reached.state === 'pending-approval' ? { lapsesAt } : {}
  return { ...kept, ...timesOf(fresh), stages, ...reached, ...lapses }
}

function decidedStage(
  stage: ApprovalStage,
  { decision, justification }: Verdict,
  { username, objectId }: MicrosoftIdentity,
  now: Date,
): ApprovalStage {
  if (stage.result !== undefined) return stage
  return {
    ...stage,
    status: 'Completed',
    result: decision,
    decidedBy: username || objectId,
    decidedAt: now,
    reason: justification,
  }
}

function timesOf(
  fresh: AskedAccess | undefined,
): Partial<Pick<AccessRequest, 'startsAt' | 'duration'>> {
  const { startsAt, duration } = fresh ?? {}
  return {
    ...(startsAt !== undefined && { startsAt }),
    ...(duration !== undefined && { duration }),
  }
}

/** What it is by now. The word of a list that lags behind is not taken for another stage to come. */
function stateAfter(
  fresh: AskedAccess | undefined,
  stages: readonly ApprovalStage[],
  { decision }: Verdict,
  { status }: AccessRequest,
): Pick<AccessRequest, 'state' | 'status'> {
  if (fresh !== undefined && fresh.state !== 'pending-approval') {
    return { state: fresh.state, status: fresh.status }
  }
  const said = fresh?.status ?? status
  if (decision === 'deny') return { state: 'denied', status: said }
  const isMore = stages.some(({ result }) => result === undefined)
  return { state: isMore ? 'pending-approval' : 'provisioning', status: said }
}

function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
