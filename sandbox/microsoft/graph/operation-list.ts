import { approvalOperations } from './approvals.ts'
import {
  checkMemberGroups,
  getAdministrativeUnit,
  getByIds,
  getGroup,
  getMe,
  listGroups,
  listOrganizations,
  listOwned,
} from './directory.ts'
import { groupRequests, listActiveGroups, listEligibleGroups } from './groups.ts'
import { expandOf, get, ok, page, post, whole } from './operation.ts'
import type { Operation, Turn } from './operation.ts'
import { listGraphPolicies, readPolicyFilter } from './policies.ts'
import { requestOperations } from './request-operations.ts'
import { listActiveRoles, listEligibleRoles, renderRole, roleRequests } from './roles.ts'
import { groupsOf } from '../pim/state.ts'
import { TenantError } from '../server/error.ts'
import { listing } from '../server/paging.ts'
import type { Listing } from '../server/paging.ts'
import type { TenantAnswer } from '../server/request.ts'

const roles = '/roleManagement/directory'
const groups = '/identityGovernance/privilegedAccess/group'
const byUser = String.raw`/filterByCurrentUser\(on='principal'\)`

/** What Graph can do here: the first that fits. */
export const operations: readonly Operation[] = [
  get(
    `${roles}/roleEligibilityScheduleInstances${byUser}`,
    'list-eligible-roles',
    'eligibleRoles',
    (turn) => page(listEligibleRoles(turn.requestor.id, expandOf(turn), turn.pim), turn),
  ),
  get(
    `${roles}/roleAssignmentScheduleInstances${byUser}`,
    'list-active-roles',
    'activeRoles',
    (turn) =>
      page(activatedOnly(listActiveRoles(turn.requestor.id, expandOf(turn), turn.pim), turn), turn),
  ),
  get(`${roles}/roleDefinitions/([^/]+)`, 'role-definition', 'roleDefinitions', ({ name, pim }) =>
    found(renderRole(name, pim.seed())),
  ),
  ...requestOperations({
    path: `${roles}/roleAssignmentScheduleRequests`,
    surface: roleRequests,
    noun: 'role',
    scope: 'roleRequests',
  }),
  ...approvalOperations({
    path: `${roles}/roleAssignmentApprovals`,
    kind: 'entra',
    noun: 'role',
    reading: 'roleDecisions',
    deciding: 'roleDecisions',
    stages: [['beta', 'steps']],
  }),
  get(
    `${groups}/eligibilityScheduleInstances${byUser}`,
    'list-eligible-groups',
    'eligibleGroups',
    (turn) => page(listEligibleGroups(turn.requestor.id, turn.pim), turn),
  ),
  get(
    `${groups}/assignmentScheduleInstances${byUser}`,
    'list-active-groups',
    'activeGroups',
    (turn) => page(activatedOnly(listActiveGroups(turn.requestor.id, turn.pim), turn), turn),
  ),
  ...requestOperations({
    path: `${groups}/assignmentScheduleRequests`,
    surface: groupRequests,
    noun: 'group',
    scope: 'groupRequests',
  }),
  ...approvalOperations({
    path: `${groups}/assignmentApprovals`,
    kind: 'group',
    noun: 'group',
    reading: 'activeGroups',
    deciding: 'groupDecisions',
    stages: [
      ['v1.0', 'stages'],
      ['beta', 'steps'],
    ],
  }),
  {
    method: 'GET',
    pattern: whole('/policies/roleManagementPolicyAssignments'),
    operation: 'policies',
    scope: ({ query }) =>
      /scopeType\s+eq\s+'Group'/i.test(query.get('$filter') ?? '')
        ? 'groupPolicies'
        : 'rolePolicies',
    act: (turn) => {
      const { query } = turn.request
      const filter = readPolicyFilter(query.get('$filter'))
      return page(listing(listGraphPolicies(filter, query.get('$expand') ?? '', turn.pim)), turn)
    },
  },
  get('/organization', 'organization', 'organization', (turn) =>
    page(listing(listOrganizations(turn.request.query.get('$select'), turn.pim)), turn),
  ),
  get('/me', 'me', 'me', ({ requestor, pim }) => ok(getMe(requestor.id, pim))),
  post(
    '/me/checkMemberGroups',
    'check-member-groups',
    'memberships',
    ({ request, requestor, pim }) =>
      ok({ value: checkMemberGroups(request.body, requestor.id, pim) }),
  ),
  post('/me/getMemberGroups', 'get-member-groups', 'memberships', ({ requestor, pim }) =>
    ok({ value: groupsOf(requestor.id, pim) }),
  ),
  get('/me/ownedObjects', 'owned-objects', 'memberships', (turn) =>
    page(listing(listOwned(turn.requestor.id, turn.pim)), turn),
  ),
  post('/directoryObjects/getByIds', 'get-by-ids', 'directoryObjects', ({ request, pim }) =>
    ok({ value: getByIds(request.body, pim) }),
  ),
  get('/groups', 'list-groups', 'groups', (turn) =>
    page(listing(listGroups(turn.request.query.get('$filter'), turn.pim)), turn),
  ),
  get('/groups/([^/]+)', 'group', 'groups', ({ name, pim }) => ok(getGroup(name, pim))),
  get(
    '/directory/administrativeUnits/([^/]+)',
    'administrative-unit',
    'administrativeUnits',
    ({ name, pim }) => ok(getAdministrativeUnit(name, pim)),
  ),
]

function found(body: unknown): TenantAnswer {
  if (body !== null) return ok(body)
  throw new TenantError(404, 'Request_ResourceNotFound', 'The resource does not exist.')
}

function activatedOnly(
  all: readonly { readonly assignmentType: string }[],
  { request, pim }: Turn,
): Listing {
  if (pim.settings.omitsAssignmentType === true) {
    return listing(all.map((row) => ({ ...row, assignmentType: undefined })))
  }
  const filter = request.query.get('$filter') ?? ''
  const [, wanted] = /assignmentType\s+eq\s+'(\w+)'/i.exec(filter) ?? []
  if (wanted === undefined) return listing(all)
  return listing(all.filter((one) => one.assignmentType.toLowerCase() === wanted.toLowerCase()))
}
