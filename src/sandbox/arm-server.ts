import {
  findScope,
  getRoleDefinition,
  listActive,
  listChildren,
  listEligible,
  listPermissions,
  listPolicies,
} from './arm-reads.ts'
import type { Question } from './arm-reads.ts'
import {
  cancelRequest,
  getRequest,
  listRequests,
  listStages,
  putRequest,
  validateRequest,
} from './arm-requests.ts'
import { getSubscription, listTenants } from './arm-resources.ts'
import { authenticate, objectIdOf, tokenOf } from './authority-bearer.ts'
import type { AuthorityState } from './authority-state.ts'
import type { Requestor } from './pim-activate.ts'
import type { PimState } from './pim-state.ts'
import { TenantError } from './tenant-error.ts'
import { listing, pageOf } from './tenant-paging.ts'
import type { Listing } from './tenant-paging.ts'
import type { Route, TenantAnswer, TenantRequest } from './tenant-request.ts'
import type { TenantSurface } from './tenant-server.ts'

/** What an API stands on. */
export interface ApiGround {
  readonly pim: PimState
  readonly authority: AuthorityState
  readonly paging: { readonly pageSize: number }
}

/** Azure Resource Manager, as far as PIM for Azure resources goes. */
export function armSurface(ground: ApiGround): TenantSurface {
  return {
    surface: 'arm',
    route: (request) => routeOf(request, ground),
    wordError: ({ code, message }) => ({ error: { code, message } }),
    headers: () => ({
      'x-ms-request-id': crypto.randomUUID(),
      'x-ms-correlation-request-id': crypto.randomUUID(),
      'x-ms-ratelimit-remaining-tenant-reads': '249',
    }),
    callerOf: ({ headers }) => {
      const token = tokenOf(headers, ground.authority)
      return token === undefined ? undefined : objectIdOf(token)
    },
  }
}

interface Turn extends ApiGround {
  readonly request: TenantRequest
  readonly scope: string
  /** What the path names after the kind of thing. */
  readonly name: string
  readonly requestor: Requestor
}

interface Operation {
  readonly operation: string
  readonly versions: readonly string[]
  readonly act: (turn: Turn) => TenantAnswer
}

const stable = ['2020-10-01', '2020-10-01-preview']
const definitions = ['2022-04-01', '2018-07-01', '2015-07-01']
const resources = ['2022-12-01', '2021-01-01', '2020-01-01']

/** By method and by what follows `providers/Microsoft.Authorization`. */
const operations: Readonly<Record<string, Operation>> = {
  'GET roleeligibilityscheduleinstances': {
    operation: 'list-eligible',
    versions: stable,
    act: (turn) => answerPage(listEligible(questionOf(turn), turn.pim), turn),
  },
  'GET roleassignmentscheduleinstances': list('list-active', stable, listActive),
  'GET rolemanagementpolicyassignments': list('policies', stable, listPolicies),
  'GET eligiblechildresources': list('children', stable, listChildren),
  'GET permissions': list('permissions', definitions, listPermissions),
  'GET roledefinitions/{name}': {
    operation: 'role-definition',
    versions: definitions,
    act: ({ scope, name, pim }) => getRoleDefinition(scope, name, pim),
  },
  'GET roleassignmentschedulerequests': {
    operation: 'list-requests',
    versions: stable,
    act: (turn) => answerPage(listing(listRequests(turn, turn.pim)), turn),
  },
  'GET roleassignmentschedulerequests/{name}': {
    operation: 'read-request',
    versions: stable,
    act: (turn) => getRequest(turn, turn.pim),
  },
  'PUT roleassignmentschedulerequests/{name}': {
    operation: 'activate',
    versions: stable,
    act: (turn) => putRequest(turn, turn.request.body, turn.pim),
  },
  'POST roleassignmentschedulerequests/{name}/cancel': {
    operation: 'cancel',
    versions: stable,
    act: (turn) => cancelRequest(turn, turn.pim),
  },
  'POST roleassignmentschedulerequests/{name}/validate': {
    operation: 'validate',
    versions: stable,
    act: (turn) => validateRequest(turn, turn.request.body, turn.pim),
  },
  'GET roleassignmentapprovals/{name}/stages': {
    operation: 'approval-stages',
    versions: ['2021-01-01-preview'],
    act: (turn) => answerPage(listing(listStages(turn, turn.pim)), turn),
  },
}

const subscription: Operation = {
  operation: 'subscription',
  versions: resources,
  act: ({ scope, requestor, pim }) => getSubscription(scope, requestor.id, pim),
}
const tenants: Operation = {
  operation: 'tenants',
  versions: resources,
  act: () => ({ status: 200, body: { value: listTenants() } }),
}

function list(
  operation: string,
  versions: readonly string[],
  read: (question: Question, state: PimState) => unknown[],
): Operation {
  const act = (turn: Turn) => answerPage(listing(read(questionOf(turn), turn.pim)), turn)
  return { operation, versions, act }
}

function questionOf({ scope, requestor, request }: Turn): Question {
  return { scope, callerId: requestor.id, query: request.query }
}

function answerPage<T>(list: Listing<T>, { request, paging }: Turn): TenantAnswer {
  const { items, next } = pageOf(list, request, paging.pageSize)
  return { status: 200, body: { value: items, ...(next !== undefined && { nextLink: next }) } }
}

function routeOf(request: TenantRequest, ground: ApiGround): Route | undefined {
  const found = findOperation(request)
  if (found === undefined) return undefined
  const { operation, scope, name } = found
  return {
    operation: isDeactivation(request) ? 'deactivate' : operation.operation,
    act: () => {
      const token = authenticate(request.headers, 'arm', ground.authority)
      checkVersion(request, operation.versions)
      const { amr, acrs, capabilities } = token
      const requestor = { id: objectIdOf(token), amr, acrs, capabilities }
      const place = findScope(scope, ground.pim)
      return operation.act({ ...ground, request, scope: place, name, requestor })
    },
  }
}

interface Found {
  readonly operation: Operation
  readonly scope: string
  readonly name: string
}

function findOperation({ method, path }: TenantRequest): Found | undefined {
  if (method === 'GET' && /^\/tenants$/i.test(path)) {
    return { operation: tenants, scope: '/', name: '' }
  }
  if (method === 'GET' && /^\/subscriptions\/[^/]+$/i.test(path)) {
    return { operation: subscription, scope: path, name: '' }
  }
  const [, scope = '', rest = ''] =
    /^(.*)\/providers\/microsoft\.authorization\/(.+)$/i.exec(path) ?? []
  const [kind = '', name = '', ...action] = rest.split('/')
  const words = [kind.toLowerCase(), ...(name === '' ? [] : ['{name}']), ...action]
  const operation = operations[`${method} ${words.join('/')}`]
  if (operation === undefined) return undefined
  // The official examples address subscriptions through a provider of their own.
  const plain = scope.replace(/^\/providers\/Microsoft\.Subscription(?=\/subscriptions\/)/i, '')
  return { operation, scope: plain === '' ? '/' : plain, name }
}

function isDeactivation({ method, body }: TenantRequest): boolean {
  return method === 'PUT' && /"requestType":"SelfDeactivate"/i.test(JSON.stringify(body ?? null))
}

function checkVersion({ query }: TenantRequest, versions: readonly string[]): void {
  const version = query.get('api-version')
  if (version === null) {
    throw new TenantError(
      400,
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  }
  if (versions.includes(version)) return
  throw new TenantError(
    400,
    'InvalidResourceType',
    `The resource type could not be found for api version '${version}'. The supported api-versions are '${versions.join(', ')}'.`,
  )
}
