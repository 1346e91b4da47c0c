import { armId, readRequestBody, renderRequest } from './wire.ts'
import type { ArmRequestProperties } from './wire.ts'
import { activate, chainOf, consider } from '../pim/activate.ts'
import type { ActivationWish, Requestor } from '../pim/activate.ts'
import { mayRead, requestsForApprover } from '../pim/approval.ts'
import { cancel, deactivate } from '../pim/end.ts'
import { readSchedule } from '../pim/schedule.ts'
import { findRequest, requestsOf, statusOf } from '../pim/state.ts'
import type { PimRequest, PimState } from '../pim/state.ts'
import { TenantError } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { TenantAnswer, TenantRequest } from '../server/request.ts'

/** A request by its name, at a scope, from somebody. */
export interface Named {
  readonly scope: string
  readonly name: string
  readonly requestor: Requestor
}

/** Carries a role assignment schedule request out. */
export function putRequest(named: Named, body: unknown, state: PimState): TenantAnswer {
  const properties = readRequestBody(body)
  const wish = wishOf(named, properties, state)
  const { requestor } = named
  const request = isOfType(properties, 'SelfDeactivate')
    ? deactivate(wish, requestor, state)
    : activate(wish, requestor, state)
  return { status: 201, body: renderRequest(request, state) }
}

/** Says what a request would come to, and changes nothing. */
export function validateRequest(named: Named, body: unknown, state: PimState): TenantAnswer {
  const wish = wishOf(named, readRequestBody(body), state)
  const request = consider(wish, named.requestor, state)
  const status = request.needsApproval ? 'PendingEvaluation' : 'Provisioned'
  return { status: 200, body: renderRequest(request, state, status) }
}

export function getRequest(named: Named, state: PimState): TenantAnswer {
  return { status: 200, body: renderRequest(ownRequest(named, state), state) }
}

export function cancelRequest(named: Named, state: PimState): TenantAnswer {
  cancel(ownRequest(named, state), named.requestor, state)
  return { status: 200 }
}

/**
 * The requests at a scope that a filter asks for; below the tenant itself, everywhere: `asTarget()`
 * those of the caller, `asApprover()` those that wait for the caller. Throws 403 for every other
 * filter, as to everybody who is no reader; and for `asRequestor()` in the tenant as a whole, where
 * the service is known to refuse it, though not in which words.
 */
export function listRequests(
  { scope, requestor, request }: Omit<Named, 'name'> & { readonly request: TenantRequest },
  state: PimState,
): unknown[] {
  const filter = (request.query.get('$filter') ?? '').replaceAll(/\s/g, '').toLowerCase()
  const isOwn = filter === 'astarget()' || (filter === 'asrequestor()' && scope !== '/')
  if (!isOwn && filter !== 'asapprover()') throw forbidden(requestor.id)
  const found = isOwn
    ? requestsOf(requestor.id, 'azure', state)
    : requestsForApprover(requestor.id, 'azure', state).filter(
        (one) => statusOf(one, state) === 'PendingApproval',
      )
  return found
    .filter((one) => scope === '/' || sameText(one.scope, scope))
    .map((one) => renderRequest(one, state))
}

function isOfType({ requestType }: ArmRequestProperties, type: string): boolean {
  return sameText(requestType, type)
}

function wishOf(
  { scope, name, requestor }: Named,
  properties: ArmRequestProperties,
  state: PimState,
): ActivationWish {
  const { principalId, roleDefinitionId, linkedRoleEligibilityScheduleId: linked } = properties
  if (!isOfType(properties, 'SelfActivate') && !isOfType(properties, 'SelfDeactivate')) {
    throw forbidden(requestor.id)
  }
  const roleId = roleDefinitionId.split('/').at(-1) ?? ''
  const role = state.seed().armRoles.find(({ id }) => sameText(id, roleId))
  if (role === undefined) {
    throw new TenantError(
      400,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${roleId}' does not exist.`,
    )
  }
  const [place = scope] = chainOf(scope, state)
  return {
    kind: 'azure',
    id: name,
    scope: place,
    roleId: role.id,
    principalId,
    justification: properties.justification ?? undefined,
    ticketNumber: properties.ticketInfo?.ticketNumber ?? undefined,
    ticketSystem: properties.ticketInfo?.ticketSystem ?? undefined,
    schedule: readSchedule(properties.scheduleInfo),
    linkedSchedule: linked ?? undefined,
  }
}

function ownRequest({ scope, name, requestor }: Named, state: PimState): PimRequest {
  const request = findRequest(name, 'azure', state)
  if (request === undefined || !sameText(request.scope, scope)) {
    throw notFound(armId(scope, 'roleAssignmentScheduleRequests', name))
  }
  if (!mayRead(requestor.id, request, state)) throw forbidden(requestor.id)
  return request
}

function notFound(id: string): TenantError {
  return new TenantError(404, 'RoleAssignmentScheduleRequestNotFound', `There is no ${id}.`)
}

export function forbidden(requestorId: string): TenantError {
  return new TenantError(
    403,
    'InsufficientPermissions',
    `The requestor ${requestorId} does not have permissions for this request. Please use $filter=asTarget() to filter on the requestor's assignments.`,
  )
}
