import type { Elevation } from '../../src/core/elevation/elevation.ts'
import type { Attempt } from '../../src/core/provider.ts'
import { formatTarget, type Target } from '../../src/core/target.ts'
import type { Calls } from '../../src/providers/microsoft/entra/operations.ts'
import type { Asker } from '../../src/providers/microsoft/entra/graph-context.ts'
import type { MicrosoftClient } from '../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../src/providers/microsoft/errors/errors.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import { elevation } from '../core/sample-elevations.ts'
import { attemptAt } from '../providers/microsoft/azure/fixture.ts'
import { claimsOf, cp1, graphScope, openTenant } from '../sandbox/microsoft/fixture.ts'

export const never = new AbortController().signal

/** The calls of a provider over Graph, made as alice at the embedded tenant. */
export interface GraphRoom {
  readonly tenant: Tenant
  readonly asker: Asker
  readonly advance: (seconds: number) => void
  readonly target: (path: string) => Promise<Target>
  readonly attempt: (target: Target) => Attempt
  /** Activates, and gives what pim would remember of it. */
  readonly elevate: (target: Target) => Promise<Elevation>
}

export async function openGraphRoom(calls: Calls): Promise<GraphRoom> {
  const { tenant, signIn, advance } = await openTenant()
  const signedIn = await signIn({ scope: graphScope, claims: cp1 })
  const asker = {
    client: clientOf(tenant, signedIn['access_token'] ?? ''),
    now: () => tenant.now(),
    sleep: async () => undefined,
  }
  const attempt = (wanted: Target) => attemptAt(wanted, tenant.now())
  return {
    tenant,
    asker,
    advance,
    target: async (path) => {
      const { targets } = await calls.discover(asker, never)
      const found = targets.find((each) => each.path === path)
      if (found === undefined)
        throw new Error(`no ${path} in ${targets.map((one) => one.path).join(', ')}`)
      return found
    },
    attempt,
    elevate: async (wanted) => {
      const { provider, role, scope } = wanted
      const {
        notices: _,
        credentials: __,
        ...activation
      } = await calls.activate(attempt(wanted), asker)
      return elevation({ target: formatTarget(wanted), provider, role, scope, ...activation })
    },
  }
}

function clientOf(tenant: Tenant, token: string): MicrosoftClient {
  const { oid, tid, preferred_username: username } = claimsOf(token)
  return {
    resource: 'graph',
    send: async ({ method, path, body }) => {
      const answer = await fetch(
        path.startsWith('http') ? path : `${tenant.endpoints.graph}${path}`,
        {
          method,
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        },
      )
      const { status, headers } = answer
      const text = await answer.text()
      const json: unknown = text === '' ? undefined : JSON.parse(text)
      if (status < 300) return { status, body: json }
      const get = (name: string) => headers.get(name) ?? undefined
      throw toPimError({ status, body: json, headers: { get }, resource: 'graph' })
    },
    ensureSignIn: async () => {},
    clockAheadMs: () => 0,
    identity: async () => ({
      objectId: String(oid),
      tenantId: String(tid),
      username: String(username),
      scopes: [],
      directoryRoles: [],
      source: 'test',
      expiresAt: new Date(tenant.now().getTime() + 3_600_000),
    }),
  }
}
