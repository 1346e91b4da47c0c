import * as v from 'valibot'

import { expiryOf, startOf, statusOf, toldStartOf } from '../pim/state.ts'
import type { PimRequest, PimState } from '../pim/state.ts'
import { badRequest } from '../server/error.ts'
import { guidOf, sameText } from '../seed/model.ts'
import type { Eligibility, StandingAssignment, TenantSeed } from '../seed/model.ts'

const text = v.nullish(v.string())

const RequestBody = v.object({
  properties: v.object({
    principalId: v.string(),
    roleDefinitionId: v.string(),
    requestType: v.string(),
    linkedRoleEligibilityScheduleId: text,
    justification: text,
    ticketInfo: v.nullish(v.object({ ticketNumber: text, ticketSystem: text })),
    scheduleInfo: v.nullish(
      v.object({
        startDateTime: text,
        expiration: v.nullish(v.object({ type: text, endDateTime: text, duration: text })),
      }),
    ),
  }),
})

/** What a role assignment schedule request asks for. */
export type ArmRequestProperties = v.InferOutput<typeof RequestBody>['properties']

/** Reads the body of a request. Throws 400 where a required property is missing or of the wrong type. */
export function readRequestBody(body: unknown): ArmRequestProperties {
  const read = v.safeParse(RequestBody, body)
  if (read.success) return read.output.properties
  const [issue] = read.issues
  throw badRequest(`The request content was invalid: ${v.getDotPath(issue) ?? ''} ${issue.message}`)
}

const authorization = 'providers/Microsoft.Authorization'
type Seed = Pick<PimState, 'seed' | 'settings'>

export function armId(scope: string, ...segments: readonly string[]): string {
  return [scope === '/' ? '' : scope, authorization, ...segments].join('/')
}

/** A role definition is named below its subscription, and below nothing for a management group. */
export function roleDefinitionPath(scope: string, roleId: string): string {
  const [subscription = ''] = /^\/subscriptions\/[^/]+/i.exec(scope) ?? []
  return armId(subscription, 'roleDefinitions', roleId)
}

export function renderEligible(one: Eligibility, { seed, settings }: Seed): unknown {
  const principal = principalOf(one.principalId, seed())
  return {
    properties: {
      ...renderPlaced(one),
      principalId: one.principalId,
      principalType: principal.type,
      status: 'Provisioned',
      roleEligibilityScheduleId: armId(one.scope, 'roleEligibilitySchedules', one.scheduleId),
      startDateTime: one.startsAt.toISOString(),
      endDateTime: one.endsAt?.toISOString() ?? null,
      memberType: memberTypeOf(one, seed()),
      createdOn: one.startsAt.toISOString(),
      ...(!settings.omitsDisplayNames && {
        expandedProperties: expand(one, one.principalId, seed()),
      }),
    },
    ...named(one.scope, 'roleEligibilityScheduleInstances', one.id),
  }
}

export function renderActivated(request: PimRequest, state: PimState): unknown {
  const { eligibility } = request
  return renderActive(
    {
      ...request,
      id: guidOf('instance', request.id),
      startsAt: startOf(request),
      endsAt: expiryOf(request),
      assignmentType: 'Activated',
      memberType: memberTypeOf(eligibility, state.seed()),
      linked: {
        // Bare, as in the official example, though the eligibility has the whole path.
        linkedRoleEligibilityScheduleId: eligibility.scheduleId,
        linkedRoleEligibilityScheduleInstanceId: eligibility.id,
      },
    },
    state,
  )
}

export function renderAssigned(one: StandingAssignment, state: Seed): unknown {
  const { seed } = state
  const memberType = memberTypeOf(one, seed())
  return renderActive(
    { ...one, endsAt: undefined, assignmentType: 'Assigned', memberType, linked: {} },
    state,
  )
}

interface Active extends StandingAssignment {
  readonly endsAt: Date | undefined
  readonly assignmentType: 'Activated' | 'Assigned'
  readonly memberType: string
  readonly linked: Readonly<Record<string, string>>
}

function renderActive(one: Active, { seed, settings }: Seed): unknown {
  return {
    properties: {
      ...renderPlaced(one),
      ...(!settings.omitsAssignmentType && { assignmentType: one.assignmentType }),
      ...one.linked,
      originRoleAssignmentId: armId(one.scope, 'roleAssignments', guidOf('origin', one.id)),
      roleAssignmentScheduleId: armId(
        one.scope,
        'roleAssignmentSchedules',
        guidOf('schedule', one.id),
      ),
      principalId: one.principalId,
      principalType: principalOf(one.principalId, seed()).type,
      status: 'Provisioned',
      startDateTime: one.startsAt.toISOString(),
      endDateTime: one.endsAt?.toISOString() ?? null,
      memberType: one.memberType,
      createdOn: one.startsAt.toISOString(),
      ...(!settings.omitsDisplayNames && {
        expandedProperties: expand(one, one.principalId, seed()),
      }),
    },
    ...named(one.scope, 'roleAssignmentScheduleInstances', one.id),
  }
}

/** A request as it is answered. `status` is its own unless told otherwise. */
export function renderRequest(
  request: PimRequest,
  state: PimState,
  status = statusOf(request, state),
): unknown {
  const { id, schedule, scope, principalId } = request
  const start = toldStartOf(request, state)
  const seed = state.seed()
  return {
    properties: {
      targetRoleAssignmentScheduleId: guidOf('schedule', guidOf('instance', id)),
      targetRoleAssignmentScheduleInstanceId: null,
      ...renderPlaced(request),
      principalId,
      principalType: 'User',
      requestType: request.action,
      status,
      approvalId: request.needsApproval ? armId('', 'roleAssignmentApprovals', id) : null,
      scheduleInfo: {
        ...(start !== undefined && { startDateTime: start.toISOString() }),
        expiration: {
          type: schedule.expiration,
          endDateTime: schedule.endsAt?.toISOString() ?? null,
          duration: schedule.duration ?? null,
        },
      },
      ticketInfo: {
        ticketNumber: request.ticketNumber ?? null,
        ticketSystem: request.ticketSystem ?? null,
      },
      justification: request.justification ?? null,
      requestorId: principalId,
      createdOn: request.createdAt.toISOString(),
      expandedProperties: expand(request, principalId, seed),
    },
    ...named(scope, 'roleAssignmentScheduleRequests', id),
  }
}

function named(scope: string, type: string, name: string) {
  return { name, id: armId(scope, type, name), type: `Microsoft.Authorization/${type}` }
}

interface Placed {
  readonly scope: string
  readonly roleId: string
}

function renderPlaced({ scope, roleId }: Placed) {
  return { scope, roleDefinitionId: roleDefinitionPath(scope, roleId) }
}

/** What the ids stand for, in words. */
export function expandPlace({ scope, roleId }: Placed, seed: TenantSeed) {
  const place = seed.scopes.find(({ id }) => sameText(id, scope))
  const role = seed.armRoles.find(({ id }) => sameText(id, roleId))
  return {
    scope: { id: scope, displayName: place?.displayName ?? scope, type: place?.type ?? 'resource' },
    roleDefinition: {
      id: roleDefinitionPath(scope, roleId),
      displayName: role?.displayName ?? roleId,
      type: role?.isCustom === true ? 'CustomRole' : 'BuiltInRole',
    },
  }
}

function expand(placed: Placed, principalId: string, seed: TenantSeed) {
  return { ...expandPlace(placed, seed), principal: principalOf(principalId, seed) }
}

function principalOf(id: string, { people, groups }: TenantSeed) {
  const person = people.find((one) => one.id === id)
  if (person !== undefined) {
    const { displayName, userPrincipalName: email } = person
    return { id, displayName, email, type: 'User' }
  }
  const group = groups.find((one) => one.id === id)
  return { id, displayName: group?.displayName ?? id, type: 'Group' }
}

function memberTypeOf({ principalId }: { readonly principalId: string }, seed: TenantSeed): string {
  return seed.groups.some(({ id }) => id === principalId) ? 'Group' : 'Direct'
}
