import { wordOauthError } from './error.ts'
import { grantToken, issuerOf } from './grants.ts'
import { authorize, startDeviceCode } from './sign-in.ts'
import type { AuthorityState } from './state.ts'
import { publicKeys } from './tokens.ts'
import { TenantError } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import { formOf } from '../server/request.ts'
import type { Route, TenantAnswer, TenantRequest } from '../server/request.ts'
import type { TenantSurface } from '../server/server.ts'

/** The sign-in of the tenant, as the libraries of Microsoft speak to it. */
export function authoritySurface(state: AuthorityState): TenantSurface {
  return {
    surface: 'authority',
    route: (request) => routeOf(request, state),
    wordError: (error) => wordOauthError(error, state.now()),
    headers: () => ({}),
    callerOf: () => undefined,
  }
}

type Act = (request: TenantRequest, state: AuthorityState) => TenantAnswer

/** By method and by what follows the tenant in the path. */
const actions: Readonly<Record<string, readonly [operation: string, act: Act]>> = {
  'GET v2.0/.well-known/openid-configuration': [
    'configuration',
    (_, state) => configuration(state),
  ],
  'GET discovery/v2.0/keys': [
    'keys',
    (_, { book }) => ({ status: 200, body: publicKeys(book.key) }),
  ],
  'GET discovery/instance': ['discovery', (_, state) => discovery(state)],
  'GET oauth2/v2.0/authorize': ['authorize', authorize],
  'POST oauth2/v2.0/authorize': ['authorize', authorize],
  'POST oauth2/v2.0/devicecode': ['device-code', startDeviceCode],
  'POST oauth2/v2.0/token': [
    'token',
    (request, state) => ({ status: 200, body: grantToken(formOf(request), state) }),
  ],
  'GET oauth2/v2.0/logout': ['logout', () => ({ status: 200, page: '<p>Signed out.</p>' })],
}

function routeOf(request: TenantRequest, state: AuthorityState): Route | undefined {
  const [, tenant = '', ...rest] = request.path.split('/')
  const found = actions[`${request.method} ${rest.join('/')}`]
  if (found === undefined) return deviceLogin(request)
  const [operation, act] = found
  return {
    operation,
    act: () => {
      checkTenant(tenant, state)
      return act(request, state)
    },
  }
}

/** Where a device code is entered: the sandbox has nobody who would have to. */
function deviceLogin({ method, path }: TenantRequest): Route | undefined {
  if (method !== 'GET' || path !== '/devicelogin') return undefined
  const page = '<p>Signed in already. You can close this window.</p>'
  return { operation: 'device-login', act: () => ({ status: 200, page }) }
}

function checkTenant(name: string, { seed }: AuthorityState): void {
  const { id, domain } = seed().organization
  if ([id, domain, 'common', 'organizations'].some((one) => sameText(one, name))) return
  throw new TenantError(400, 'invalid_tenant', `AADSTS90002: Tenant '${name}' not found.`, {
    extra: { error_codes: [90002] },
  })
}

function configuration(state: AuthorityState): TenantAnswer {
  const base = `${state.endpoints().authority}/${state.seed().organization.id}`
  return {
    status: 200,
    body: {
      issuer: issuerOf(state, 'v2.0'),
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      response_modes_supported: ['query', 'fragment', 'form_post'],
      response_types_supported: ['code'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      claims_supported: ['sub', 'iss', 'aud', 'exp', 'iat', 'name', 'tid', 'oid', 'acrs'],
      tenant_region_scope: null,
    },
  }
}

function discovery(state: AuthorityState): TenantAnswer {
  const { authority } = state.endpoints()
  const { host } = new URL(authority)
  return {
    status: 200,
    body: {
      tenant_discovery_endpoint: `${authority}/${state.seed().organization.id}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
    },
  }
}
