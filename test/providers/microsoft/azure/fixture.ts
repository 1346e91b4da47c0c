import { setDefaultCACertificates } from 'node:tls'
import { hours, minutes, type Duration } from '../../../../src/core/time/duration.ts'
import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import { interrupted, PimError } from '../../../../src/core/errors.ts'
import type { Activation, Attempt, Provider } from '../../../../src/core/provider.ts'
import { formatTarget, type Target } from '../../../../src/core/target.ts'
import { createAzureProvider } from '../../../../src/providers/microsoft/azure/provider.ts'
import type {
  MicrosoftAnswer,
  MicrosoftClient,
  MicrosoftRequest,
} from '../../../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../../../src/providers/microsoft/errors/errors.ts'
import type { Tenant, TenantOptions } from '../../../../sandbox/microsoft/tenant.ts'
import { claimsOf, cp1, openTenant, stepUp } from '../../../sandbox/microsoft/fixture.ts'
import { elevation } from '../../../core/sample-elevations.ts'
import { bareProviderDeps } from '../../provider-deps.ts'
import { never } from './scripted.ts'

export interface Room {
  readonly tenant: Tenant
  readonly provider: Provider
  readonly client: MicrosoftClient
  /** The same, signed in as somebody else. */
  readonly as: (name: string) => Provider
  readonly now: () => Date
  readonly advance: (span: Duration) => void
  readonly target: (path: string) => Promise<Target>
  readonly attempt: (target: Target, differences?: Differences) => Attempt
  /** Elevates, and gives what pim would remember of it. */
  readonly elevate: (path: string, differences?: Differences) => Promise<Elevation>
  /** The operations that ARM was asked for, in order, since the last time. */
  readonly asked: () => readonly string[]
  /** Nothing of Microsoft's can be reached from now on. */
  readonly breakCloud: () => void
}

type Differences = Partial<Attempt['plan']> & { readonly signal?: AbortSignal }

/** The provider for Azure at the embedded tenant, for the running test. */
export async function openRoom(options: Partial<TenantOptions> = {}): Promise<Room> {
  // Tenants of one process have certificates of one name; only this one's is to be trusted.
  setDefaultCACertificates([])
  const { tenant, signIn, advance } = await openTenant(options)
  tenant.tokenLifetime = hours(24)
  let isBroken = false
  const tokensOf = (hint: string) => {
    const tokens = new Map<string, string>()
    return async (claims: string): Promise<string> => {
      if (isBroken) {
        throw new PimError('unavailable', 'provider-failing', 'no answer', { hint: 'try again' })
      }
      const token = tokens.get(claims) ?? (await signIn({ claims, hint })).access_token ?? ''
      tokens.set(claims, token)
      return token
    }
  }
  // The tenant's clock is the machine's, but for the tenant's own skew.
  const now = (): Date => new Date(tenant.now().getTime() - tenant.skewSeconds * 1000)
  const clientOf = (name: string): MicrosoftClient =>
    tenantClient(tenant, tokensOf(`${name}@sandbox.example`), now)
  const client = clientOf('alice')
  const provider = providerOver(client, now)
  let seen = 0
  const asked = (): readonly string[] => {
    const calls = tenant.calls.filter(({ surface }) => surface === 'arm')
    const fresh = calls.slice(seen).map(({ operation }) => operation)
    seen = calls.length
    return fresh
  }
  const target = (path: string): Promise<Target> => targetNamed(path, provider)
  const attempt: Room['attempt'] = (wanted, differences) => attemptAt(wanted, now(), differences)
  return {
    tenant,
    provider,
    client,
    as: (name) => providerOver(clientOf(name), now),
    now,
    advance: (span) => advance(span.seconds),
    target,
    attempt,
    elevate: async (path, differences) => {
      const wanted = await target(path)
      const tried = attempt(wanted, differences)
      return elevationOf(wanted, await provider.activate(tried), tried.plan.id)
    },
    asked,
    breakCloud: () => {
      isBroken = true
    },
  }
}

/** A provider over a client of the test's own. */
function providerOver(client: MicrosoftClient, now: () => Date): Provider {
  return createAzureProvider(bareProviderDeps(now), {
    isSetUp: async () => true,
    configuration: async () => 'same',
    client: async () => client,
    identities: async () => ({ identities: [], troubles: [] }),
  })
}

function tenantClient(
  tenant: Tenant,
  tokenFor: (claims: string) => Promise<string>,
  now: () => Date,
): MicrosoftClient {
  let ahead: number | undefined
  return {
    resource: 'arm',
    send: async (request) => {
      if (request.signal.aborted) throw interrupted()
      const claims = request.authenticationContext === undefined ? cp1 : stepUp
      const token = await tokenFor(claims)
      const told = (date: string): void => {
        ahead = Date.parse(date) - now().getTime()
      }
      return send(tenant.endpoints.arm, request, token, told)
    },
    ensureSignIn: async () => {},
    clockAheadMs: () => ahead,
    identity: async (signal) => {
      if (signal.aborted) throw interrupted()
      const { oid, tid, upn, preferred_username: name } = claimsOf(await tokenFor(cp1))
      return {
        objectId: String(oid),
        tenantId: String(tid),
        username: String(upn ?? name),
        scopes: ['user_impersonation'],
        directoryRoles: [],
        source: 'test',
        expiresAt: new Date(now().getTime() + 3_600_000),
      }
    },
  }
}

async function send(
  endpoint: string,
  { method, path, body, signal }: MicrosoftRequest,
  token: string,
  told: (date: string) => void,
): Promise<MicrosoftAnswer> {
  const answer = await fetch(path.startsWith('http') ? path : `${endpoint}${path}`, {
    method,
    signal,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const { status, headers } = answer
  const text = await answer.text()
  told(headers.get('date') ?? '')
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  if (status >= 300) {
    const get = (name: string): string | undefined => headers.get(name) ?? undefined
    throw toPimError({ status, body: json, headers: { get }, resource: 'arm' })
  }
  return { status, body: json }
}

export async function targetNamed(path: string, provider: Provider): Promise<Target> {
  const { targets } = await provider.discover(never)
  const found = targets.find((each) => each.path === path) ?? provider.locate(path, targets)
  if (found === undefined) throw new Error(`no target ${path}`)
  return found
}

/** An attempt at an hour, unless told. */
export function attemptAt(target: Target, now: Date, differences: Differences = {}): Attempt {
  const { signal = never, ...plan } = differences
  const duration = plan.duration ?? hours(1)
  return {
    plan: {
      id: '0123456789ab',
      target,
      justification: 'restart the queue',
      ticket: { system: 'JIRA', number: 'OPS-1' },
      asked: duration,
      duration,
      mfaDevices: [],
      requestedAt: now,
      notices: [],
      ...plan,
    },
    identity: undefined,
    actor: { user: 'local-alice', host: 'laptop' },
    mfaCodes: [],
    signal,
  }
}

/** What pim would remember of an activation. */
export function elevationOf(target: Target, activation: Activation, id: string): Elevation {
  const { startsAt, expiresAt, accessEndsAt, state, facts, clockAheadMs } = activation
  const { providerRequestId } = activation
  return elevation({
    id,
    target: formatTarget(target),
    provider: 'azure',
    role: target.role,
    scope: target.scope,
    state,
    startsAt,
    expiresAt,
    accessEndsAt,
    clockAheadMs,
    facts,
    ...(providerRequestId !== undefined && { providerRequestId }),
  })
}

export { minutes }
