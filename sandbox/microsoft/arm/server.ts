import { answerBatch } from './batch.ts'
import { operations, subscription, tenants } from './operations.ts'
import type { Operation } from './operations.ts'
import { findScope } from './reads.ts'
import { authenticate, objectIdOf, tokenOf } from '../authority/bearer.ts'
import type { Token } from '../authority/tokens.ts'
import { TenantError } from '../server/error.ts'
import type { ApiGround } from '../api-context.ts'
import type { Route, TenantAnswer, TenantRequest } from '../server/request.ts'
import type { TenantSurface } from '../server/server.ts'

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

function routeOf(request: TenantRequest, ground: ApiGround): Route | undefined {
  if (request.method === 'POST' && /^\/batch$/i.test(request.path)) {
    return { operation: 'batch', act: () => batch(request, ground) }
  }
  const found = findOperation(request)
  if (found === undefined) return undefined
  const { operation } = found.operation
  const named = typeof operation === 'string' ? operation : operation(request)
  return {
    operation: isDeactivation(request) ? 'deactivate' : named,
    act: () => carryOut(found, request, { ...ground, isInBatch: false }),
  }
}

function carryOut(
  { operation, scope, name, stage }: Found,
  request: TenantRequest,
  ground: ApiGround & { readonly isInBatch: boolean },
): TenantAnswer {
  const token = authenticate(request.headers, 'arm', ground.authority)
  checkVersion(request, operation.versions)
  checkMandatoryMfa(request, token, ground)
  const { amr, acrs, capabilities } = token
  const requestor = { id: objectIdOf(token), amr, acrs, capabilities }
  const place = findScope(scope, ground.pim)
  return operation.act({ ...ground, request, scope: place, name, stage, requestor })
}

const mfaReasons = {
  RequestDisallowedByAzure:
    "Resource '0000' was disallowed by Azure: Users must sign in without authenticating through MFA.",
  RequestDisallowedByPolicy:
    "Resource '0000' was disallowed by policy. Reasons: MFA is required. See error details for policy resource IDs.",
} as const

/** Changes ask for a second factor by a challenge in the header, whatever the code says. */
function checkMandatoryMfa(
  { method }: TenantRequest,
  { acrs }: Token,
  { settings: { mandatoryMfa: code }, authority }: ApiGround,
): void {
  if (code === undefined || method === 'GET' || acrs.includes('p1')) return
  const claims = JSON.stringify({ access_token: { acrs: { essential: true, values: ['p1'] } } })
  const uri = `${authority.endpoints().authority}/common/oauth2/authorize`
  const encoded = Buffer.from(claims).toString('base64')
  throw new TenantError(401, code, mfaReasons[code], {
    headers: {
      'WWW-Authenticate': `Bearer realm="", authorization_uri="${uri}", error="insufficient_claims", claims="${encoded}"`,
    },
  })
}

/** Several calls in one, as the portal makes them. */
function batch(request: TenantRequest, ground: ApiGround): TenantAnswer {
  authenticate(request.headers, 'arm', ground.authority)
  checkVersion(request, ['2020-06-01'])
  return answerBatch(request, (inner) => {
    const found = findOperation(inner)
    if (found === undefined) {
      throw new TenantError(404, 'NotFound', `The sandbox has no ${inner.method} ${inner.path}`)
    }
    return carryOut(found, inner, { ...ground, isInBatch: true })
  })
}

interface Found {
  readonly operation: Operation
  readonly scope: string
  readonly name: string
  readonly stage: string
}

function findOperation({ method, path }: TenantRequest): Found | undefined {
  if (method === 'GET' && /^\/tenants$/i.test(path)) {
    return { operation: tenants, scope: '/', name: '', stage: '' }
  }
  if (method === 'GET' && /^\/subscriptions\/[^/]+$/i.test(path)) {
    return { operation: subscription, scope: path, name: '', stage: '' }
  }
  const [, scope = '', rest = ''] =
    /^(.*)\/providers\/microsoft\.authorization\/(.+)$/i.exec(path) ?? []
  const [kind = '', name = '', action = '', stage = '', ...more] = rest.split('/')
  const names = [name && '{name}', action.toLowerCase(), stage && '{stage}', ...more]
  const words = [kind.toLowerCase(), ...names.filter((word) => word !== '')]
  const operation = operations[`${method} ${words.join('/')}`]
  if (operation === undefined) return undefined
  // The official examples address subscriptions through a provider of their own.
  const plain = scope.replace(/^\/providers\/Microsoft\.Subscription(?=\/subscriptions\/)/i, '')
  return { operation, scope: plain === '' ? '/' : plain, name, stage }
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
