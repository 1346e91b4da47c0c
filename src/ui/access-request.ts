import type { AccessRequest, ApprovalStage } from '../core/elevation/approval.ts'
import { formatDuration, toIsoDuration } from '../core/time/duration.ts'
import { inQuotes, printable } from '../core/printable.ts'
import { isPlanned } from '../core/elevation/lifecycle.ts'
import { formatTicket } from '../core/elevation/justification.ts'
import { formatTarget } from '../core/target.ts'
import type { Column } from './output/column-widths.ts'
import { formatAge, formatLocalTime } from '../core/time/local-time.ts'

/** One entry of `pim.requests/v1`. */
export function requestJson(request: AccessRequest): Readonly<Record<string, unknown>> {
  const { duration, startsAt, lapsesAt, ticket, scopeName, permissions } = request
  return {
    id: request.id,
    target: formatTarget(request),
    provider: request.provider,
    role: request.role,
    scope: request.scope,
    ...(scopeName !== undefined && { scopeName }),
    requester: request.requester,
    state: request.state,
    status: request.status,
    justification: request.justification,
    ...(ticket !== undefined && { ticket }),
    requestedAt: request.requestedAt.toISOString(),
    ...(startsAt !== undefined &&
      isShown(request, startsAt) && { startsAt: startsAt.toISOString() }),
    ...(duration !== undefined && { duration: toIsoDuration(duration) }),
    ...(lapsesAt !== undefined && { lapsesAt: lapsesAt.toISOString() }),
    stages: request.stages.map(stageJson),
    ...(permissions !== undefined && { permissions }),
  }
}

/** What waits for an approver has not begun at the moment of its request. */
function isShown({ state, requestedAt }: AccessRequest, startsAt: Date): boolean {
  return state !== 'pending-approval' || isPlanned({ requestedAt, startsAt })
}

function stageJson(stage: ApprovalStage): Readonly<Record<string, unknown>> {
  const { decidedAt, ...rest } = stage
  return { ...rest, ...(decidedAt !== undefined && { decidedAt: decidedAt.toISOString() }) }
}

/** An approver must see who asks, and somebody who asked what became of it. */
export function requestColumns(toApprove: boolean): readonly Column[] {
  return [
    // An id is there to be typed.
    { name: 'id', rank: 0, whole: true, stays: true },
    { name: 'who', rank: toApprove ? 3 : 4, least: 12 },
    { name: 'target', rank: 1, least: 6, whole: true, stays: true },
    { name: 'state', rank: 2, stays: true },
    { name: 'for', rank: 6 },
    { name: 'age', rank: 7 },
    // Before the requester's words, so that those cannot pass for it.
    { name: 'decided', rank: 5, least: 12, isOptional: true },
    { name: 'why', rank: toApprove ? 4 : 3, least: 12 },
  ]
}

export function requestRow(request: AccessRequest, now: Date): readonly string[] {
  return [
    printable(request.id),
    printable(request.requester.name),
    printable(formatTarget(request)),
    stateOf(request),
    request.duration === undefined ? '' : formatDuration(request.duration),
    formatAge(request.requestedAt, now),
    decisions(request, now).join('; '),
    why(request),
  ]
}

/** Where there are several stages, how far they are. */
function stateOf({ state, stages }: AccessRequest): string {
  if (stages.length < 2 || state !== 'pending-approval') return state
  const done = stages.filter(({ result }) => result !== undefined).length
  return `${state} ${done + 1}/${stages.length}`
}

/** The words of the requester, and no others. */
function why({ justification, ticket }: AccessRequest): string {
  return inQuotes(
    [justification, ticket === undefined ? '' : `[${formatTicket(ticket)}]`].join(' '),
  )
}

/** What each stage has decided so far. */
function decisions({ stages }: AccessRequest, now: Date): readonly string[] {
  return stages.flatMap(({ decidedBy, decidedAt, result, reason }, at) => {
    if (result === undefined) return []
    const stage = stages.length < 2 ? '' : `stage ${at + 1} `
    const by = printable(decidedBy ?? 'somebody')
    const when = decidedAt === undefined ? '' : ` at ${formatLocalTime(decidedAt, now)}`
    const because = reason === undefined ? '' : `: ${inQuotes(reason)}`
    return [`${stage}${result === 'approve' ? 'approved' : 'denied'} by ${by}${when}${because}`]
  })
}

/** What an approver should have seen, a line each. */
export function requestDetails(request: AccessRequest, now: Date): readonly string[] {
  const { requester, role, permissions, lapsesAt, stages } = request
  const target = printable(formatTarget(request))
  const duration = request.duration === undefined ? '' : ` for ${formatDuration(request.duration)}`
  const waiting = stages
    .filter(({ result, approvers }) => result === undefined && approvers.length > 0)
    .map(({ approvers }) => approvers.map(printable).join(' or '))
  return [
    `${printable(requester.name)} asks for \`${target}\` (${printable(role)})${duration}`,
    ...(permissions === undefined
      ? []
      : [`  the role allows: ${permissions.map(printable).join(', ')}`]),
    ...decisions(request, now).map((line) => `  ${line}`),
    ...(waiting.length === 0 ? [] : [`  to be decided by ${waiting.join(', then by ')}`]),
    ...(lapsesAt === undefined ? [] : [`  it lapses at ${formatLocalTime(lapsesAt, now)}`]),
    // Last and in quotes: what somebody writes must not pass for what pim says.
    `  why: ${why(request)}`,
  ]
}
