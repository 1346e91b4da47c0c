import * as v from 'valibot'
import type { AccessRequest, OnUnreadable } from '../../../core/elevation/approval.ts'
import { after, hours } from '../../../core/time/duration.ts'
import type { ElevationState } from '../../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../../core/errors.ts'
import type { Ticket } from '../../../core/elevation/justification.ts'
import { timely } from '../pim/activation.ts'
import { Moment, readRequest, unreadable, type RequestAnswer } from '../pim/request-answer.ts'
import { stateOfStatus } from '../pim/request-status.ts'

type Shown = Pick<
  AccessRequest,
  | 'id'
  | 'state'
  | 'status'
  | 'justification'
  | 'ticket'
  | 'requestedAt'
  | 'startsAt'
  | 'duration'
  | 'lapsesAt'
>

/** What requests say alike at ARM and Graph, before anything is named. */
export interface AskedAccess extends Shown {
  /** The last part of it, where ARM writes a path. */
  readonly approvalId: string | undefined
  readonly requesterId: string
  /** Whether somebody wants a role for themselves; the rest is given back, or an administrator's. */
  readonly isActivation: boolean
  /** Whether it ends what was activated, on whoever's word, and Microsoft has done that. */
  readonly isEnd: boolean
  /** What Microsoft says of the request itself. */
  readonly answer: RequestAnswer
}

const word = v.fallback(v.nullish(v.string()), undefined)
const moment = v.fallback(v.nullish(Moment), undefined)

const Fields = v.object({
  principalId: v.string(),
  justification: word,
  ticketInfo: v.fallback(
    v.nullish(v.object({ ticketNumber: word, ticketSystem: word })),
    undefined,
  ),
  // ARM's name for it, and Graph's; and likewise for the kind of request.
  createdOn: moment,
  createdDateTime: moment,
  requestType: word,
  action: word,
})

/**
 * Reads what was asked for: the `properties` of ARM's request, or the whole of Graph's. Throws
 * `unavailable` (`unreadable-answer`) where it does not say of whom, in what state, or when.
 */
export function readAskedAccess(id: string, fields: unknown, now: Date): AskedAccess {
  const answer = readRequest(id, fields)
  const read = v.safeParse(Fields, fields)
  if (!read.success) throw unreadable(read.issues)
  const { principalId, justification, ticketInfo, createdOn, createdDateTime } = read.output
  const requestedAt = createdOn ?? createdDateTime ?? answer.startsAt
  if (requestedAt === undefined) throw unreadable([])
  const { status, startsAt, approvalId } = answer
  const state = stateOf(answer, requestedAt, now)
  const { duration } = answer
  const kind = (read.output.requestType ?? read.output.action ?? '').toLowerCase()
  return {
    id,
    state,
    status,
    requesterId: principalId,
    isActivation: kind === 'selfactivate',
    isEnd: ends.has(kind) && done.has(status.trim().toLowerCase()),
    answer,
    justification: justification ?? '',
    ...ticketOf(ticketInfo?.ticketSystem, ticketInfo?.ticketNumber),
    requestedAt,
    ...(startsAt !== undefined && { startsAt }),
    ...(duration !== undefined && { duration }),
    ...(state === 'pending-approval' && { lapsesAt: after(requestedAt, approvalWindow) }),
    approvalId: approvalId?.slice(approvalId.lastIndexOf('/') + 1) || undefined,
  }
}

const ends: ReadonlySet<string> = new Set(['selfdeactivate', 'adminremove'])
const done: ReadonlySet<string> = new Set(['revoked', 'provisioned'])

/** What of it people see as it is. */
export function shownOf({
  id,
  state,
  status,
  justification,
  ticket,
  requestedAt,
  startsAt,
  duration,
  lapsesAt,
}: AskedAccess): Shown {
  return {
    id,
    state,
    status,
    justification,
    ...(ticket !== undefined && { ticket }),
    requestedAt,
    ...(startsAt !== undefined && { startsAt }),
    ...(duration !== undefined && { duration }),
    ...(lapsesAt !== undefined && { lapsesAt }),
  }
}

/** How long Microsoft lets a request wait for its approvers; nobody can set it. */
const approvalWindow = hours(24)

/** The status of a request outlives what it stands for. One that pim does not know is on its way. */
function stateOf(answer: RequestAnswer, requestedAt: Date, now: Date): ElevationState {
  const state = stateOfStatus(answer.status) ?? 'provisioning'
  const { startsAt } = answer
  if (!['active', 'scheduled', 'provisioning'].includes(state)) return state
  const end = latestEnd(answer, requestedAt)
  if (end !== undefined && end <= now) return 'expired'
  return startsAt === undefined ? state : timely(state, startsAt, now)
}

/** What had to be approved begins with the approval, and nobody says here when that was. */
function latestEnd(
  { startsAt, expiresAt, duration, approvalId }: RequestAnswer,
  requestedAt: Date,
): Date | undefined {
  const start = startsAt ?? requestedAt
  const end = expiresAt ?? (duration && after(start, duration))
  if (end === undefined || approvalId === undefined) return end
  const late = after(requestedAt, approvalWindow).getTime() - start.getTime()
  return new Date(end.getTime() + Math.max(0, late))
}

function ticketOf(
  system: string | null | undefined,
  number: string | null | undefined,
): { readonly ticket?: Ticket } {
  if (!number) return {}
  return { ticket: { number, ...(system && { system }) } }
}

/** Whether a text may be the id of a request: those end in a GUID, so that nobody has to be asked about others. */
export function mayBeRequestId(text: string): boolean {
  return /^[\w-]{0,200}[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text)
}

/**
 * The requests in a list that can be read: one that is broken hides no other. Those that cannot are told of.
 * Throws what is wrong with the first where not one can be read, so that it is not taken for an empty list.
 */
export function readableOf<Row>(
  items: readonly unknown[],
  read: (item: unknown) => Row,
  onUnreadable?: OnUnreadable,
): readonly Row[] {
  const failures: unknown[] = []
  const rows = items.flatMap((item) => {
    try {
      return [read(item)]
    } catch (error) {
      failures.push(error)
      return []
    }
  })
  if (rows.length === 0 && failures.length > 0) throw failures[0]
  if (failures.length > 0) onUnreadable?.(unreadableEntries(failures))
  return rows
}

function unreadableEntries(failures: readonly unknown[]): PimError {
  const { kind, code, message, hint } = asPimError(failures[0])
  const count = failures.length === 1 ? '1 request is' : `${failures.length} requests are`
  return new PimError(kind, code, `${count} missing from this list: ${message}`, { hint })
}
