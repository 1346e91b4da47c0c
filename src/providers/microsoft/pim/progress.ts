import { after, milliseconds, minutes } from '../../../core/time/duration.ts'
import { lapsesAt, type Elevation } from '../../../core/elevation/elevation.ts'
import { asPimError } from '../../../core/errors.ts'
import { hasEnded } from '../../../core/elevation/lifecycle.ts'
import type { Progress } from '../../../core/provider.ts'
import { liesAhead, progressOf } from './activation.ts'
import type { RequestAnswer } from './request-answer.ts'
import { stateOfStatus } from './request-status.ts'
import { denialIn, type SeenStage } from '../approvals/stage.ts'
import { endedBy, type Trail } from './request-history.ts'

/** What Microsoft can be asked about an elevation. Each throws as its client does. */
export interface ProgressSource {
  /** The request that made it; undefined where it is not known, or not shown. */
  readonly request: () => Promise<RequestAnswer | undefined>
  /** The right, where the list shows it as activated. */
  readonly listed: () => Promise<Listed | undefined>
  readonly trail: () => Promise<Trail>
  readonly stages: (approvalId: string) => Promise<readonly SeenStage[]>
  /** Microsoft's time. */
  readonly now: () => Date
  readonly clockAheadMs: () => number | undefined
}

interface Listed {
  readonly startsAt: Date
  readonly endsAt: Date | undefined
}

/**
 * How far an elevation has come. Its request is the source of truth, and `active` what the list shows
 * as such. That a list does not show it proves nothing: lists lag, and miss rows for minutes. It is
 * `released` only where a request says so and the list does not contradict it.
 */
export async function progressFrom(
  elevation: Elevation,
  source: ProgressSource,
): Promise<Progress> {
  const progress = await stateThere(elevation, source)
  const clockAheadMs = source.clockAheadMs()
  return { ...progress, ...(clockAheadMs !== undefined && { clockAheadMs }) }
}

async function stateThere(elevation: Elevation, source: ProgressSource): Promise<Progress> {
  const request = await source.request()
  const now = source.now()
  const asked = request === undefined ? unseen(elevation) : askedFor(request, elevation, now)
  // One word must not end what was active: the list has to agree.
  const isDoubtful = elevation.state === 'active' && hasEnded(asked.state)
  if (asked.state === 'denied' && !isDoubtful) {
    return { ...asked, ...(await denialReason(request, source)) }
  }
  if (!isDoubtful && !mayBeListed(asked, request !== undefined, now)) return asked
  const row = await source.listed()
  if (row !== undefined && (request !== undefined || mayBeOf(elevation, row))) {
    return {
      state: 'active',
      startsAt: row.startsAt,
      ...(row.endsAt !== undefined && { expiresAt: row.endsAt }),
      ...(asked.status !== undefined && { status: asked.status }),
    }
  }
  if (request === undefined && source.clockAheadMs() !== undefined && isOver(elevation, now)) {
    return { ...asked, state: 'expired' }
  }
  if (asked.state !== 'provisioning' || !mayHaveEnded(elevation, now)) return asked
  const end = endedBy(await source.trail(), elevation.startsAt)
  if (end === undefined) return asked
  return { state: 'released', startsAt: elevation.startsAt, status: end.status }
}

/** What was approved late ends later than its request was for; the list told until when. */
function askedFor(request: RequestAnswer, { state, expiresAt }: Elevation, now: Date): Progress {
  const isLater = state === 'active' && request.expiresAt !== undefined
  const end = isLater && expiresAt > request.expiresAt ? expiresAt : request.expiresAt
  return progressOf({ ...request, expiresAt: end }, now)
}

/**
 * Lists may know sooner than requests that it is so, but not that what came to nothing is there; and
 * what is active before its time was activated by another request. What was released may be listed
 * for a while, or not have ended yet. A request that may not be read may have been approved, and one that
 * was approved late is active after the end it asked for.
 */
function mayBeListed(
  { state, startsAt, status = '' }: Progress,
  isSeen: boolean,
  now: Date,
): boolean {
  if (startsAt !== undefined && liesAhead(startsAt, now)) return false
  if (!isSeen) return true
  if (state === 'expired') return stateOfStatus(status) === 'active'
  return ['provisioning', 'active', 'scheduled', 'released'].includes(state)
}

/** An activation that began before a request that waits for an approver is of another request. */
function mayBeOf({ state, requestedAt, clockAheadMs }: Elevation, { startsAt }: Listed): boolean {
  if (state !== 'pending-approval') return true
  const asked = requestedAt.getTime() + clockAheadMs
  return startsAt.getTime() >= asked - milliseconds(clockDoubt)
}

/** Two clocks that were compared once differ by no more than this. */
const clockDoubt = minutes(2)

/** A request that waits for an approver outlives the time that it asked for. */
function isOver(elevation: Elevation, now: Date): boolean {
  const { state, expiresAt } = elevation
  return now >= (state === 'pending-approval' ? lapsesAt(elevation) : expiresAt)
}

const shortestActive = minutes(5)

/** Nobody releases what is younger; so that it need not be looked up while it is on its way. */
function mayHaveEnded({ state, startsAt }: Elevation, now: Date): boolean {
  return state === 'active' || now >= after(startsAt, shortestActive)
}

/** Neither listed nor to be looked at: what it was when it was last seen, but not active. */
function unseen({ state, startsAt, expiresAt }: Elevation): Progress {
  return { state: state === 'active' ? 'provisioning' : state, startsAt, expiresAt }
}

/** What an approver wrote who said no. A reason that may not be read is none. */
async function denialReason(
  request: RequestAnswer | undefined,
  { stages }: ProgressSource,
): Promise<{ readonly reason?: string }> {
  const { approvalId } = request ?? {}
  if (approvalId === undefined) return {}
  try {
    const reason = denialIn(await stages(approvalId.slice(approvalId.lastIndexOf('/') + 1)))
    return reason === undefined ? {} : { reason }
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return {}
  }
}
