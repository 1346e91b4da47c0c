import { memoryIndex } from '../../../core/identity/sign-in-index.ts'
import { setDefaultCACertificates } from 'node:tls'
import type { CredentialStore, CredentialStores, Secret } from '../../../../src/core/credentials.ts'
import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import type { Activation, Attempt, Provider } from '../../../../src/core/provider.ts'
import { formatTarget, type Target } from '../../../../src/core/target.ts'
import { createGroupProvider } from '../../../../src/providers/microsoft/entra/groups/group-provider.ts'
import { createRoleProvider } from '../../../../src/providers/microsoft/entra/roles/role-provider.ts'
import type { ProviderDeps } from '../../../../src/providers/index.ts'
import { sharedSession } from '../../../../src/providers/microsoft/session/session.ts'
import type { Tenant, TenantOptions } from '../../../../sandbox/microsoft/tenant.ts'
import { tenantAlice } from '../../../../sandbox/microsoft/seed/people.ts'
import type { TenantPerson } from '../../../../sandbox/microsoft/seed/model.ts'
import { elevation } from '../../../core/sample-elevations.ts'
import { openTenant } from '../../../sandbox/microsoft/fixture.ts'
import { attemptAt, never } from './graph.ts'

/** Alice, signed in at the embedded tenant, for the running test. */
export interface Room {
  readonly tenant: Tenant
  readonly roles: Provider
  readonly groups: Provider
  /** The same, signed in as somebody else. */
  readonly as: (person: TenantPerson) => Promise<{ roles: Provider; groups: Provider }>
  readonly now: () => Date
  readonly advance: (seconds: number) => void
  /** The operations that Graph was asked for, in order, since the last time. */
  readonly asked: () => readonly string[]
}

export async function openRoom(options: Partial<TenantOptions> = {}): Promise<Room> {
  // Tenants of one process have certificates of one name; only this one's is to be trusted.
  setDefaultCACertificates([])
  const { tenant, advance } = await openTenant(options)
  // The machine's clock is right where the tenant's is.
  const now = (): Date => new Date(tenant.now().getTime() - tenant.skewSeconds * 1000)
  const as: Room['as'] = async (person) => {
    tenant.signsIn = person
    const deps = depsAt(tenant, now)
    await sharedSession(deps).signIn({}, never)
    return { roles: createRoleProvider(deps), groups: createGroupProvider(deps) }
  }
  const alices = await as(tenantAlice)
  let seen = 0
  return {
    tenant,
    ...alices,
    as,
    now,
    advance,
    asked: () => {
      const calls = tenant.calls.filter(({ surface }) => surface === 'graph')
      const fresh = calls.slice(seen).map(({ operation }) => operation)
      seen = calls.length
      return fresh
    },
  }
}

/** A machine of its own. */
function depsAt(tenant: Tenant, now: () => Date): ProviderDeps {
  return {
    env: tenant.environment,
    platform: 'linux',
    now,
    sleep: async () => undefined,
    settings: async () => ({ aliases: {}, targets: {} }),
    stores: oneStore(),
    signInIndex: memoryIndex(),
    person: {
      mayBeAsked: true,
      openBrowser: async (url) => {
        void fetch(url).then((page) => page.text())
      },
      say: () => undefined,
      show: () => undefined,
    },
  }
}

/** A store that lasts as long as the test. */
function oneStore(): CredentialStores {
  const secrets = new Map<string, Secret>()
  const read = async (key: string): Promise<Secret | undefined> => secrets.get(key)
  const store: CredentialStore = {
    name: 'keychain',
    read,
    glance: read,
    write: async (key, secret) => void secrets.set(key, secret),
    remove: async (key) => secrets.delete(key),
  }
  return { open: () => store, choose: async () => store }
}

export async function targetNamed(path: string, provider: Provider): Promise<Target> {
  const { targets } = await provider.discover(never)
  const found = targets.find((each) => each.path === path)
  if (found === undefined) throw new Error(`no target ${path}`)
  return found
}

/** Elevates for an hour, unless told, and gives what pim would remember of it. */
export async function elevate(
  path: string,
  provider: Provider,
  now: Date,
  differences: Partial<Attempt['plan']> = {},
): Promise<Elevation> {
  const target = await targetNamed(path, provider)
  const attempt = attemptAt(target, { requestedAt: now, ...differences })
  return elevationOf(target, await provider.activate(attempt))
}

/** What pim would remember of an activation. */
function elevationOf(target: Target, activation: Activation): Elevation {
  const { notices: _, credentials: __, ...made } = activation
  const { provider, role, scope } = target
  return elevation({ target: formatTarget(target), provider, role, scope, ...made })
}
