import { randomUUID } from 'node:crypto'

import * as v from 'valibot'

import { activate, consider } from '../pim/activate.ts'
import type { ActivationWish, Requestor } from '../pim/activate.ts'
import { mayRead, requestsForApprover } from '../pim/approval.ts'
import { cancel, deactivate } from '../pim/end.ts'
import { readSchedule } from '../pim/schedule.ts'
import { findRequest, lapseOf, requestsOf, statusOf, toldStartOf } from '../pim/state.ts'
import type { PimRequest, PimState } from '../pim/state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { Grantable, PimKind } from '../seed/model.ts'
import type { TenantAnswer } from '../server/request.ts'

const text = v.nullish(v.string())
const RequestBody = v.object({
  action: v.string(),
  principalId: v.string(),
  roleDefinitionId: text,
  directoryScopeId: text,
  groupId: text,
  accessId: text,
  justification: text,
  isValidationOnly: v.nullish(v.boolean()),
  ticketInfo: v.nullish(v.object({ ticketNumber: text, ticketSystem: text })),
  scheduleInfo: v.nullish(
    v.object({
      startDateTime: text,
      expiration: v.nullish(v.object({ type: text, endDateTime: text, duration: text })),
    }),
  ),
})
type RequestProperties = v.InferOutput<typeof RequestBody>

/** Directory roles or groups, as far as requests go. */
export interface RequestSurface {
  readonly kind: Extract<PimKind, 'entra' | 'group'>
  /** Finds out what is asked for. Throws 400 where the body does not say, or names what is not there. */
  readonly read: (body: RequestProperties, state: PimState) => Grantable
  readonly render: (
    request: PimRequest,
    state: PimState,
    more: RequestAnswer,
  ) => Readonly<Record<string, unknown>>
}

interface RequestAnswer {
  readonly status: string
  readonly isValidationOnly: boolean
}

/** Carries a request out, or says what it would come to where it is for validation only. */
export function postRequest(
  surface: RequestSurface,
  body: unknown,
  requestor: Requestor,
  state: PimState,
): TenantAnswer {
  const properties = readBody(body)
  const isValidationOnly = properties.isValidationOnly === true
  const wish = wishOf(surface, properties, state)
  const isDeactivation = sameText(properties.action, 'selfDeactivate')
  if (!isDeactivation && !sameText(properties.action, 'selfActivate')) throw forbidden()
  if (isValidationOnly && !isDeactivation) {
    const request = consider(wish, requestor, state)
    const status = request.needsApproval ? 'PendingEvaluation' : 'Granted'
    return { status: 201, body: surface.render(request, state, { status, isValidationOnly }) }
  }
  const request = isDeactivation
    ? deactivate(wish, requestor, state)
    : activate(wish, requestor, state)
  return { status: 201, body: renderNow(surface, request, state) }
}

export function cancelRequest(
  { kind }: RequestSurface,
  id: string,
  requestor: Requestor,
  state: PimState,
): TenantAnswer {
  cancel(ownRequest(kind, id, requestor, state), requestor, state)
  return { status: 204 }
}

/** What somebody asked for, or is asked to approve, oldest first. */
export function listRequests(
  { kind }: RequestSurface,
  on: string,
  callerId: string,
  state: PimState,
): readonly PimRequest[] {
  const isForApprover = sameText(on, 'approver')
  return isForApprover
    ? requestsForApprover(callerId, kind, state)
    : requestsOf(callerId, kind, state)
}

/** A request as it is by now. */
export function renderNow(
  surface: RequestSurface,
  request: PimRequest,
  state: PimState,
): Readonly<Record<string, unknown>> {
  const status = statusOf(request, state)
  return surface.render(request, state, { status, isValidationOnly: false })
}

/** What the requests of both surfaces say alike. */
export function renderCommon(
  request: PimRequest,
  { status, isValidationOnly }: RequestAnswer,
  state: PimState,
) {
  const { id, createdAt, principalId, needsApproval, schedule } = request
  const isDone = !status.startsWith('Pending')
  return {
    id,
    status,
    createdDateTime: createdAt.toISOString(),
    completedDateTime: isDone ? completedAt(request, status).toISOString() : null,
    approvalId: needsApproval ? id : null,
    customData: null,
    action: camelCase(request.action),
    principalId,
    isValidationOnly,
    justification: request.justification ?? null,
    createdBy: {
      application: null,
      device: null,
      user: { displayName: null, id: principalId },
    },
    scheduleInfo: {
      startDateTime: toldStartOf(request, state)?.toISOString() ?? null,
      recurrence: null,
      expiration: {
        type: camelCase(schedule.expiration),
        endDateTime: schedule.endsAt?.toISOString() ?? null,
        duration: schedule.duration ?? null,
      },
    },
    ticketInfo: {
      ticketNumber: request.ticketNumber ?? null,
      ticketSystem: request.ticketSystem ?? null,
    },
  }
}

function readBody(body: unknown): RequestProperties {
  const read = v.safeParse(RequestBody, body)
  if (read.success) return read.output
  const [issue] = read.issues
  throw badRequest(`The request body is not valid: ${v.getDotPath(issue) ?? ''} ${issue.message}`)
}

function wishOf(
  surface: RequestSurface,
  properties: RequestProperties,
  state: PimState,
): ActivationWish {
  return {
    ...surface.read(properties, state),
    id: randomUUID(),
    principalId: properties.principalId,
    justification: properties.justification ?? undefined,
    ticketNumber: properties.ticketInfo?.ticketNumber ?? undefined,
    ticketSystem: properties.ticketInfo?.ticketSystem ?? undefined,
    schedule: readSchedule(properties.scheduleInfo),
    linkedSchedule: undefined,
  }
}

/** A request of somebody's own, or that they may approve. Throws 404 where there is none, 403 for others'. */
export function ownRequest(
  kind: PimKind,
  id: string,
  requestor: Requestor,
  state: PimState,
): PimRequest {
  const request = findRequest(id, kind, state)
  if (request === undefined) {
    throw new TenantError(404, 'ResourceNotFound', `The resource '${id}' does not exist.`)
  }
  if (!mayRead(requestor.id, request, state)) throw forbidden()
  return request
}

function forbidden(): TenantError {
  return new TenantError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  )
}

function completedAt(request: PimRequest, status: string): Date {
  const { createdAt, canceledAt, decisions } = request
  if (status === 'TimedOut') return lapseOf(request)
  return canceledAt ?? decisions.at(-1)?.at ?? createdAt
}

function camelCase(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}
