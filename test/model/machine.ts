import { join } from 'node:path'
import type { AuditLog } from '../../src/core/audit/audit.ts'
import { Secret, type CredentialStore } from '../../src/core/credentials.ts'
import type { Duration } from '../../src/core/time/duration.ts'
import { PimError } from '../../src/core/errors.ts'
import { identityKey, type Identity } from '../../src/core/identity/identity.ts'
import type { LoadProvider, Provider } from '../../src/core/provider.ts'
import type { Settings } from '../../src/core/settings/settings.ts'
import type { ProviderId } from '../../src/core/target.ts'
import type { RunAsDeps } from '../../src/flows/use/run-as.ts'
import { createAzureProvider } from '../../src/providers/microsoft/azure/provider.ts'
import { createGroupProvider } from '../../src/providers/microsoft/entra/groups/group-provider.ts'
import { createRoleProvider } from '../../src/providers/microsoft/entra/roles/role-provider.ts'
import { identityOfToken } from '../../src/providers/microsoft/session/identities.ts'
import type { MicrosoftClient, Resource } from '../../src/providers/microsoft/http/client.ts'
import { createElevationRecords } from '../../src/system/state/elevation-file.ts'
import { createFlights } from '../../src/system/state/single-flight.ts'
import { createMemoryStore } from '../../src/system/store/memory-store.ts'
import type { TenantPerson } from '../../sandbox/microsoft/seed/model.ts'
import { bareProviderDeps } from '../providers/provider-deps.ts'
import { createModelClient, type Fault } from './client.ts'
import type { ModelTenant } from './tenant.ts'

/** Somebody who may sign in on the machine. */
export interface Account {
  readonly tenant: ModelTenant
  readonly person: TenantPerson
  readonly identity: Identity
}

/** What outlives the processes of a machine: its folder, its log, who is signed in. */
export interface Machine {
  readonly folder: string
  readonly audit: AuditLog
  /** The one in use first. */
  signedIn: readonly Account[]
  /** This machine's clock, which may be wrong. */
  readonly localNow: () => Date
  readonly pass: (span: Duration) => void
  /** Which helpers and commands are at work, as locks would tell. */
  readonly inUse: Set<string>
  /** Releases left to helpers that have not run yet. */
  readonly helpers: { readonly target: string; readonly id: string }[]
  nextId: number
}

class Killed extends Error {}

/** What is to become of a process. */
export interface Fate {
  /** The step at which it dies: anything that it does outside itself. */
  readonly diesAt?: number | undefined
  readonly faults?: readonly Fault[]
  /** What happens while its command runs, or it waits. */
  readonly meanwhile?: () => Promise<void>
}

export interface Process {
  readonly deps: RunAsDeps
  readonly isDead: () => boolean
  /** What the system does at the end of a process that was killed: nothing is in use by it any more. */
  readonly end: () => void
}

export function accountOf(tenant: ModelTenant, person: TenantPerson): Account {
  const identity = identityOfToken({
    tenantId: tenant.id,
    objectId: person.id,
    username: person.userPrincipalName,
  })
  return { tenant, person, identity }
}

/** A new process on a machine. From its death on, it does nothing more. */
export function startProcess(machine: Machine, fate: Fate = {}): Process {
  const faults = [...(fate.faults ?? [])]
  let steps = 0
  let isDead = false
  const step = (): void => {
    isDead ||= steps === fate.diesAt
    steps += 1
    if (isDead) throw new Killed()
  }
  const mortal =
    <Args extends readonly unknown[], Result>(deed: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      step()
      const result = await deed(...args)
      step()
      return result
    }
  const nextFault = (): Fault => faults.shift() ?? 'none'
  const provider = loader(machine, { nextFault, step })
  const records = createElevationRecords(join(machine.folder, 'elevations'))
  const { audit, inUse } = machine
  const own = new Set<string>()
  const store: CredentialStore = { ...createMemoryStore(), name: 'file' }
  const deps: RunAsDeps = {
    provider,
    settings: async () => settings,
    records: { ...records, put: mortal(records.put), remove: mortal(records.remove) },
    findings: { get: async () => undefined, put: async () => {}, drop: async () => {} },
    stores: { open: () => store, choose: async () => store },
    flights: createFlights({
      folder: join(machine.folder, 'flights'),
      command: 'pim',
      pid: process.pid,
      now: machine.localNow,
    }),
    uses: {
      begin: async (id) => {
        step()
        inUse.add(id)
        own.add(id)
        return {
          end: async () => {
            inUse.delete(id)
          },
        }
      },
      // The lock of a process that died is free.
      isUsed: async (id) => inUse.has(id),
    },
    audit: { ...audit, append: mortal(audit.append) },
    credentialNames: async () => [],
    actor: { user: 'dev', host: 'machine' },
    now: machine.localNow,
    newId: () => `m${(machine.nextId += 1)}`,
    signal: new AbortController().signal,
    askMfaCode: async () => new Secret('000000'),
    hasMfaCode: false,
    mayAskAgain: false,
    tell: {
      plan: () => {},
      notice: () => {},
      waiting: () => {},
      asking: (_, answer) => answer,
      news: () => {},
      progress: () => {},
    },
    isAttended: true,
    handOver: async ({ target, id }) => {
      step()
      machine.helpers.push({ target, id })
    },
    sleep: async (span) => {
      step()
      await fate.meanwhile?.()
      machine.pass(span)
      step()
    },
    chance: () => 0.5,
    env: {},
    runChild: async () => {
      step()
      await fate.meanwhile?.()
      step()
      return { exitCode: 0 }
    },
  }
  return {
    deps,
    isDead: () => isDead,
    end: () => {
      if (isDead) for (const id of own) inUse.delete(id)
    },
  }
}

const settings: Settings = { aliases: {}, targets: {} }

/** The real providers, over the tenant of whoever is signed in, or of the holder that they are bound to. */
function loader(
  machine: Machine,
  means: { readonly nextFault: () => Fault; readonly step: () => void },
): LoadProvider {
  const loaded = new Map<string, Provider>()
  return async (id, identity) => {
    const account =
      identity === undefined
        ? machine.signedIn[0]
        : machine.signedIn.find((each) => identityKey(each.identity) === identityKey(identity))
    const key = `${id} ${account === undefined ? 'nobody' : identityKey(account.identity)}`
    const provider = loaded.get(key) ?? load(id, account, machine, means)
    loaded.set(key, provider)
    return provider
  }
}

function load(
  id: ProviderId,
  account: Account | undefined,
  machine: Machine,
  means: { readonly nextFault: () => Fault; readonly step: () => void },
): Provider {
  const clients = new Map<Resource, MicrosoftClient>()
  const client = async (resource: Resource) => {
    if (account === undefined) throw notSignedIn()
    const { tenant, person } = account
    const { localNow } = machine
    const made =
      clients.get(resource) ?? createModelClient(resource, { tenant, person, localNow, ...means })
    clients.set(resource, made)
    return made
  }
  const session = {
    isSetUp: async () => machine.signedIn.length > 0,
    configuration: async () => account?.identity.account ?? '',
    client,
    identities: async () => ({
      identities: machine.signedIn.map(({ identity }) => identity),
      troubles: [],
    }),
  }
  const deps = bareProviderDeps(machine.localNow)
  if (id === 'azure') return createAzureProvider(deps, session)
  if (id === 'entra') return createRoleProvider(deps, session)
  if (id === 'group') return createGroupProvider(deps, session)
  // The model is about what providers hold; AWS holds nothing.
  const none = createRoleProvider(deps, { ...session, isSetUp: async () => false })
  return { ...none, id }
}

function notSignedIn(): PimError {
  return new PimError('sign-in', 'other-identity', 'the holder is not signed in')
}
