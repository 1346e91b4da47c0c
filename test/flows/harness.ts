import { join } from 'node:path'
import { expect } from 'vitest'
import type { AuditLog, AuditRecord } from '../../src/core/audit/audit.ts'
import { Secret, type CredentialStore } from '../../src/core/credentials.ts'
import { after, hours, type Duration } from '../../src/core/time/duration.ts'
import type { ElevationRecords } from '../../src/core/elevation/elevation.ts'
import type { ElevationRequest } from '../../src/core/elevation/request.ts'
import type { Activation, Attempt, Provider } from '../../src/core/provider.ts'
import type { Requirements } from '../../src/core/elevation/requirements.ts'
import type { Settings } from '../../src/core/settings/settings.ts'
import type { ProviderId, Target } from '../../src/core/target.ts'
import type { Command, RunAsDeps } from '../../src/flows/use/run-as.ts'
import { createAuditLog } from '../../src/system/audit/log.ts'
import { createElevationRecords } from '../../src/system/state/elevation-file.ts'
import { createFindingsCache } from '../../src/system/state/discovery-cache-file.ts'
import { createFlights } from '../../src/system/state/single-flight.ts'
import { createMemoryStore } from '../../src/system/store/memory-store.ts'
import { createUnfinishedNotes } from '../../src/system/state/unfinished-notes.ts'
import { createUses } from '../../src/system/state/usage.ts'
import { noon, requirements, target } from '../core/sample-elevations.ts'
import { temporaryFolder } from '../system/temporary-folder.ts'

/** A cloud that grants what it is asked for, until a test tells it otherwise. */
interface Cloud {
  readonly provider: Provider
  readonly attempts: Attempt[]
  demands: Requirements
  configuration: string
  targets: readonly Target[]
  /** Stands in for the granting of one attempt. */
  grant: (attempt: Attempt) => Promise<Activation>
}

/** What the flows run on: the real log, records and flights in a folder, a store in memory, a stopped clock. */
export interface World {
  readonly folder: string
  readonly cloud: Cloud
  readonly deps: RunAsDeps
  readonly store: CredentialStore
  readonly told: string[]
  readonly children: { readonly command: Command; readonly env: Readonly<Record<string, string>> }[]
  settings: Settings
  child: () => ReturnType<RunAsDeps['runChild']>
  readonly advance: (span: Duration) => void
  readonly audit: () => Promise<readonly AuditRecord[]>
  readonly events: () => Promise<readonly string[]>
}

export const prod = target('prod-admin')

export function request(differences: Partial<ElevationRequest> = {}): ElevationRequest {
  return { target: prod, justification: 'restart the queue', force: false, ...differences }
}

export function activation(
  attempt: Attempt,
  from: Date,
  differences: Partial<Activation> = {},
): Activation {
  const end = after(from, attempt.plan.duration)
  return {
    state: 'active',
    startsAt: from,
    expiresAt: end,
    accessEndsAt: end,
    credentials: new Secret(`keys of ${attempt.plan.id}`),
    providerRequestId: 'r-1',
    clockAheadMs: 0,
    notices: [],
    facts: { accessKeyId: `ASIA-${attempt.plan.id}` },
    ...differences,
  }
}

/** A world for the running test. `parts` replace what it is made of. */
export function createWorld(
  parts: Partial<RunAsDeps> = {},
  storeName: 'file' | 'memory' = 'file',
): World {
  const folder = temporaryFolder()
  let clock = noon
  const now = (): Date => clock
  const cloud = createCloud(now)
  const store: CredentialStore = { ...createMemoryStore(), name: storeName }
  const told: string[] = []
  const audit = realAudit(join(folder, 'audit'), now)
  const records: ElevationRecords = createElevationRecords(join(folder, 'elevations'))
  const world: World = {
    folder,
    cloud,
    store,
    told,
    children: [],
    settings: { aliases: {}, targets: {} },
    child: async () => ({ exitCode: 0 }),
    advance: (span) => {
      clock = after(clock, span)
    },
    audit: () => audit.records(),
    events: async () => (await audit.records()).map(({ event }) => event),
    deps: {
      provider: async (id) => (id === 'aws' ? cloud.provider : unused(cloud.provider, id)),
      settings: async () => world.settings,
      records,
      findings: createFindingsCache(join(folder, 'findings')),
      stores: {
        open: () => store,
        choose: async () => store,
        notes: createUnfinishedNotes(join(folder, 'keeping')),
      },
      flights: createFlights({
        folder: join(folder, 'flights'),
        command: 'pim',
        pid: process.pid,
        now,
      }),
      uses: createUses(join(folder, 'uses')),
      audit,
      actor: { user: 'alice', host: 'laptop' },
      now,
      newId: () => `e${cloud.attempts.length + 1}`,
      signal: new AbortController().signal,
      askMfaCode: async (device) => new Secret(`code of ${device}`),
      hasMfaCode: true,
      mayAskAgain: true,
      tell: {
        plan: (plan, who) => told.push(`plan ${plan.id} by ${who?.name ?? 'nobody'}`),
        notice: (name, text) => told.push(`${name}: ${text}`),
        waiting: (name, holder) => told.push(`${name} waits for ${holder ?? 'somebody'}`),
        asking: (_, answer) => answer,
        news: (name, text) => told.push(`${name}: ${text}`),
        progress: (name, text, elapsed) => told.push(`${name}: ${text} (${elapsed}s)`),
      },
      isAttended: true,
      credentialNames: async () => ['KEYS', 'IN_THE_WAY', 'STRAY_KEYS'],
      handOver: async ({ target: name }) => void told.push(`${name} is handed over`),
      sleep: async (span) => world.advance(span),
      chance: () => 0.5,
      env: { PATH: '/bin', IN_THE_WAY: 'yes' },
      runChild: async (command, env) => {
        world.children.push({ command, env })
        return world.child()
      },
      ...parts,
    },
  }
  return world
}

/** The real log, in a folder of the test's. */
export function realAudit(folder: string, now: () => Date = () => noon): AuditLog {
  const anchor = {
    announce: async () => {},
    isLasting: async () => false,
    begun: async () => undefined,
    read: async () => undefined,
    write: async () => {},
    replace: async () => {},
  }
  return createAuditLog({
    folder,
    now,
    anchor,
    uid: process.getuid?.(),
    pid: process.pid,
    command: 'pim',
  })
}

function createCloud(now: () => Date): Cloud {
  const cloud: Cloud = {
    attempts: [],
    demands: requirements(),
    configuration: 'same',
    targets: [prod],
    grant: async (attempt) => activation(attempt, now()),
    provider: {
      id: 'aws',
      access: 'session',
      isSetUp: async () => true,
      discover: async () => ({ targets: cloud.targets, active: [], troubles: [] }),
      locate: () => undefined,
      source: () => 'nowhere',
      configuration: async () => cloud.configuration,
      requirements: async () => cloud.demands,
      identify: async () => alice,
      whoAmI: async () => alice,
      activate: (attempt) => {
        cloud.attempts.push(attempt)
        return cloud.grant(attempt)
      },
      current: async () => undefined,
      progress: async () => ({ state: 'active' }),
      release: async () => ({ state: 'released' }),
      isEffective: async () => true,
      lend: (_, credentials) => ({
        set: { ...(credentials !== undefined && { KEYS: credentials }), OPEN: 'yes' },
        unset: ['IN_THE_WAY'],
      }),
      lentNames: ['KEYS'],
      credentialProcess: () => ({ Version: 1 }),
    },
  }
  return cloud
}

/** A cloud that grants as the other does, and lists nothing. */
function unused(provider: Provider, id: ProviderId): Provider {
  const discover = async () => ({ targets: [], active: [], troubles: [] })
  return { ...provider, id, discover, isSetUp: async () => false }
}

const alice = {
  identity: { cloud: 'aws', tenant: '1', account: 'user/alice', name: 'user/alice' },
  name: 'user/alice',
  person: 'alice',
  account: '1',
}

/** Puts an elevation of an hour, granted now, into the world. */
export async function elevated(world: World, span: Duration = hours(1)): Promise<void> {
  const { elevate } = await import('../../src/flows/elevate/elevate.ts')
  const { changed } = await elevate(request({ duration: span }), world.deps)
  expect(changed).toBe(true)
}
