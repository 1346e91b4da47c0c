import { randomUUID } from 'node:crypto'

import * as v from 'valibot'

import { activate, consider } from './pim-activate.ts'
import type { ActivationWish, Requestor } from './pim-activate.ts'
import { stageOf } from './pim-approval.ts'
import { cancel, deactivate } from './pim-end.ts'
import { readSchedule } from './pim-schedule.ts'
import { findRequest, statusOf } from './pim-state.ts'
import type { PimRequest, PimState } from './pim-state.ts'
import { TenantError, badRequest } from './tenant-error.ts'
import { sameText } from './tenant-model.ts'
import type { Grantable, PimKind } from './tenant-model.ts'
import type { TenantAnswer } from './tenant-request.ts'

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
  readonly render: (request: PimRequest, state: PimState, more: RequestAnswer) => unknown
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

export function getRequest(
  surface: RequestSurface,
  id: string,
  requestor: Requestor,
  state: PimState,
): TenantAnswer {
  const request = ownRequest(surface.kind, id, requestor, state)
  return { status: 200, body: renderNow(surface, request, state) }
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

/** The one stage of the approval of a request, which has the id of the request. */
export function listStages(
  { kind }: RequestSurface,
  id: string,
  requestor: Requestor,
  state: PimState,
): unknown[] {
  const request = ownRequest(kind, id, requestor, state)
  const { reviewer, ...stage } = stageOf(request, requestor.id, state)
  return [{ ...stage, reviewedBy: reviewer ?? null }]
}

export function renderNow(surface: RequestSurface, request: PimRequest, state: PimState): unknown {
  const status = statusOf(request, state)
  return surface.render(request, state, { status, isValidationOnly: false })
}

/** What the requests of both surfaces say alike. */
export function renderCommon(request: PimRequest, { status, isValidationOnly }: RequestAnswer) {
  const { id, createdAt, principalId, needsApproval, schedule, decision } = request
  const isDone = !status.startsWith('Pending')
  return {
    id,
    status,
    createdDateTime: createdAt.toISOString(),
    completedDateTime: isDone ? (decision?.at ?? createdAt).toISOString() : null,
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
      startDateTime: (schedule.startsAt ?? createdAt).toISOString(),
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

function ownRequest(kind: PimKind, id: string, requestor: Requestor, state: PimState): PimRequest {
  const request = findRequest(id, kind, state)
  if (request === undefined) {
    throw new TenantError(404, 'ResourceNotFound', `The resource '${id}' does not exist.`)
  }
  const isApprover = request.eligibility.policy.approvers.includes(requestor.id)
  if (request.principalId !== requestor.id && !isApprover) throw forbidden()
  return request
}

function forbidden(): TenantError {
  return new TenantError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  )
}

function camelCase(name: string): string {
  return name.slice(0, 1).toLowerCase() + name.slice(1)
}
