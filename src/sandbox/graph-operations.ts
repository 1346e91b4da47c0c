import type { ApiGround } from './arm-server.ts'
import {
  checkMemberGroups,
  getAdministrativeUnit,
  getByIds,
  getGroup,
  getMe,
  listGroups,
  listOwned,
} from './graph-directory.ts'
import { groupRequests, listActiveGroups, listEligibleGroups } from './graph-groups.ts'
import { listGraphPolicies, readPolicyFilter } from './graph-policies.ts'
import { cancelRequest, getRequest, listStages, postRequest, renderNow } from './graph-requests.ts'
import type { RequestSurface } from './graph-requests.ts'
import { listActiveRoles, listEligibleRoles, renderRole, roleRequests } from './graph-roles.ts'
import type { GraphScope } from './graph-scopes.ts'
import type { Requestor } from './pim-activate.ts'
import { groupsOf, requestsOf } from './pim-state.ts'
import { TenantError } from './tenant-error.ts'
import { listing, pageOf } from './tenant-paging.ts'
import type { Listing } from './tenant-paging.ts'
import type { TenantAnswer, TenantRequest } from './tenant-request.ts'

interface Turn extends ApiGround {
  readonly request: TenantRequest
  readonly requestor: Requestor
  /** What the pattern caught. */
  readonly name: string
}

interface Operation {
  readonly method: string
  /** Of the path after the version. */
  readonly pattern: RegExp
  readonly operation: string | ((request: TenantRequest) => string)
  readonly scope: GraphScope | ((request: TenantRequest) => GraphScope)
  readonly act: (turn: Turn) => TenantAnswer
}

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
  get(`${roles}/roleDefinitions/([^/]+)`, 'role-definition', 'eligibleRoles', ({ name, pim }) =>
    found(renderRole(name, pim.seed())),
  ),
  ...requestOperations(
    `${roles}/roleAssignmentScheduleRequests`,
    roleRequests,
    'role',
    'roleRequests',
  ),
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
  ...requestOperations(
    `${groups}/assignmentScheduleRequests`,
    groupRequests,
    'group',
    'groupRequests',
  ),
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

/** Making, reading, listing and cancelling requests, alike for roles and groups. */
function requestOperations(
  path: string,
  surface: RequestSurface,
  noun: string,
  scope: GraphScope,
): readonly Operation[] {
  const approvals = path.replace(/ScheduleRequests$/, 'Approvals')
  return [
    {
      method: 'POST',
      pattern: whole(path),
      operation: ({ body }) => `${verbOf(body)}-${noun}`,
      scope,
      act: ({ request, requestor, pim }) => postRequest(surface, request.body, requestor, pim),
    },
    get(`${path}(?:${byUser})?`, `list-${noun}-requests`, scope, (turn) => {
      const own = requestsOf(turn.requestor.id, surface.kind, turn.pim)
      return page(listing(own.map((one) => renderNow(surface, one, turn.pim))), turn)
    }),
    get(`${path}/([^/]+)`, `read-${noun}-request`, scope, ({ name, requestor, pim }) =>
      getRequest(surface, name, requestor, pim),
    ),
    get(`${approvals}/([^/]+)/(?:stages|steps)`, `approval-${noun}-stages`, scope, (turn) =>
      page(listing(listStages(surface, turn.name, turn.requestor, turn.pim)), turn),
    ),
    post(`${path}/([^/]+)/cancel`, `cancel-${noun}-request`, scope, ({ name, requestor, pim }) =>
      cancelRequest(surface, name, requestor, pim),
    ),
  ]
}

function verbOf(body: unknown): string {
  const text = JSON.stringify(body ?? null)
  if (/"isValidationOnly":true/.test(text)) return 'validate'
  return /"action":"selfDeactivate"/i.test(text) ? 'deactivate' : 'activate'
}

function get(path: string, operation: string, scope: GraphScope, act: Operation['act']): Operation {
  return { method: 'GET', pattern: whole(path), operation, scope, act }
}

function post(
  path: string,
  operation: string,
  scope: GraphScope,
  act: Operation['act'],
): Operation {
  return { method: 'POST', pattern: whole(path), operation, scope, act }
}

function whole(path: string): RegExp {
  return new RegExp(`^${path}$`, 'i')
}

function ok(body: unknown): TenantAnswer {
  return { status: 200, body }
}

function found(body: unknown): TenantAnswer {
  if (body !== null) return ok(body)
  throw new TenantError(404, 'Request_ResourceNotFound', 'The resource does not exist.')
}

function expandOf({ request }: Turn): readonly string[] {
  return (request.query.get('$expand') ?? '').split(',').map((name) => name.trim())
}

function activatedOnly(
  all: readonly { readonly assignmentType: string }[],
  { request }: Turn,
): Listing {
  const filter = request.query.get('$filter') ?? ''
  const [, wanted] = /assignmentType\s+eq\s+'(\w+)'/i.exec(filter) ?? []
  if (wanted === undefined) return listing(all)
  return listing(all.filter((one) => one.assignmentType.toLowerCase() === wanted.toLowerCase()))
}

function page<T>(list: Listing<T>, { request, paging }: Turn): TenantAnswer {
  const { items, next } = pageOf(list, request, paging.pageSize)
  const context = `${request.origin}/v1.0/$metadata#${request.path.split('/').slice(2).join('/')}`
  return ok({
    '@odata.context': context,
    ...(next !== undefined && { '@odata.nextLink': next }),
    value: items,
  })
}
