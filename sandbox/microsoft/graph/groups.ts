import { renderCommon } from './requests.ts'
import type { RequestSurface } from './requests.ts'
import { eligibilitiesOf, expiryOf, isListed, requestsOf, startOf } from '../pim/state.ts'
import type { PimRequest, PimState } from '../pim/state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { guidOf, sameText } from '../seed/model.ts'
import type { Eligibility, TenantSeed } from '../seed/model.ts'
import type { Listing } from '../server/paging.ts'

/** Requests for a place in a group. */
export const groupRequests: RequestSurface = {
  kind: 'group',
  read({ groupId, accessId }, state) {
    if (typeof groupId !== 'string' || typeof accessId !== 'string') {
      throw badRequest('The request needs a groupId and an accessId.')
    }
    if (accessId !== 'member' && accessId !== 'owner') {
      throw badRequest(`'${accessId}' is not a relationship to a group.`)
    }
    const group = state.seed().groups.find(({ id }) => sameText(id, groupId))
    if (group === undefined) {
      throw new TenantError(404, 'ResourceNotFound', `The group '${groupId}' does not exist.`)
    }
    return { kind: 'group', roleId: accessId, scope: group.id }
  },
  render: (request, state, answer) => ({
    ...renderCommon(request, answer, state),
    accessId: request.roleId,
    groupId: request.scope,
    targetScheduleId: scheduleOf(request),
  }),
}

/** The places in groups somebody may take. */
export function listEligibleGroups(callerId: string, state: PimState): Listing<Eligibility> {
  const { groups } = state.seed()
  return {
    all: eligibilitiesOf(callerId, 'group', state),
    write: (one) => ({
      id: one.id,
      principalId: one.principalId,
      accessId: one.roleId,
      groupId: one.scope,
      eligibilityScheduleId: one.scheduleId,
      startDateTime: one.startsAt.toISOString(),
      endDateTime: one.endsAt?.toISOString() ?? null,
      memberType: groups.some(({ id }) => id === one.principalId) ? 'group' : 'direct',
    }),
  }
}

/** The places in groups somebody has, activated or not. */
export function listActiveGroups(
  callerId: string,
  state: PimState,
): readonly { readonly assignmentType: string }[] {
  const activated = requestsOf(callerId, 'group', state).filter((one) => isListed(one, state))
  const assigned = state
    .seed()
    .assignments.filter((one) => one.kind === 'group' && one.principalId === callerId)
  const common = { principalId: callerId, memberType: 'direct' }
  return [
    ...activated.map((one) => ({
      ...common,
      id: guidOf('instance', one.id),
      accessId: one.roleId,
      groupId: one.scope,
      assignmentScheduleId: scheduleOf(one),
      startDateTime: startOf(one).toISOString(),
      endDateTime: expiryOf(one)?.toISOString() ?? null,
      assignmentType: 'activated',
    })),
    ...assigned.map((one) => ({
      ...common,
      id: one.id,
      accessId: one.roleId,
      groupId: one.scope,
      assignmentScheduleId: `${one.scope}_${one.roleId}_${guidOf('schedule', one.id)}`,
      startDateTime: one.startsAt.toISOString(),
      endDateTime: null,
      assignmentType: 'assigned',
    })),
  ]
}

/** A group as the directory knows it. */
export function renderGroup(
  id: string,
  { groups }: TenantSeed,
): Record<string, unknown> | undefined {
  const group = groups.find((one) => sameText(one.id, id))
  if (group === undefined) return undefined
  const { displayName } = group
  return {
    id: group.id,
    displayName,
    description: null,
    groupTypes: [],
    mailEnabled: false,
    mailNickname: displayName,
    securityEnabled: true,
    isAssignableToRole: true,
  }
}

function scheduleOf({ scope, roleId, id }: PimRequest): string {
  return `${scope}_${roleId}_${guidOf('schedule', id)}`
}
