import type { Approvals } from '../../../core/elevation/approval.ts'
import type { Elevation } from '../../../core/elevation/elevation.ts'
import { asPimError } from '../../../core/errors.ts'
import type { Provider } from '../../../core/provider.ts'
import { formatTarget, type ProviderId, type Target } from '../../../core/target.ts'
import { cloudIdentity } from '../session/identities.ts'
import { lazyApprovals } from '../approvals/lazy.ts'
import { sharedSession, type MicrosoftSession } from '../session/session.ts'
import type { MicrosoftDeps } from '../deps.ts'
import type { Asker } from './graph-context.ts'
import type { Calls } from './operations.ts'

/** What of a session the provider uses. */
export type GraphSession = Pick<
  MicrosoftSession,
  'isSetUp' | 'configuration' | 'client' | 'identities'
>

/** A provider over one surface of Graph, whose calls are loaded when the first is made. */
export function createGrantProvider(
  { id, source }: { readonly id: ProviderId; readonly source: string },
  deps: MicrosoftDeps,
  calls: () => Promise<Calls>,
  approvals: (asker: Asker) => Promise<Approvals>,
  session: GraphSession = sharedSession(deps),
): Provider {
  const asker = async (): Promise<Asker> => ({
    client: await session.client('graph'),
    now: deps.now,
    sleep: deps.sleep,
  })
  const identify = async (signal: AbortSignal) => cloudIdentity((await asker()).client, signal)
  return {
    id,
    access: 'grant',
    isSetUp: async () => session.isSetUp('graph'),
    discover: async (signal) => (await calls()).discover(await asker(), signal),
    source: () => source,
    locate: () => undefined,
    configuration: async () => session.configuration('graph'),
    requirements: (target, signal) =>
      about(target, async () => (await calls()).requirements(target, await asker(), signal)),
    ensureSignIn: (target, demand, signal) =>
      about(target, async () => (await asker()).client.ensureSignIn(demand, signal)),
    identify: (target, signal) => about(target, async () => identify(signal)),
    whoAmI: identify,
    identities: (signal) => session.identities('graph', signal),
    current: (target, signal) =>
      about(target, async () => (await calls()).current(target, await asker(), signal)),
    activate: (attempt) =>
      about(attempt.plan.target, async () => (await calls()).activate(attempt, await asker())),
    validate: (attempt) =>
      about(attempt.plan.target, async () => (await calls()).validate(attempt, await asker())),
    progress: (elevation, signal) =>
      about(elevation, async () => (await calls()).progress(elevation, await asker(), signal)),
    isEffective: (elevation, _credentials, signal) =>
      about(elevation, async () => (await calls()).isEffective(elevation, await asker(), signal)),
    release: (elevation, signal) =>
      about(elevation, async () => (await calls()).release(elevation, await asker(), signal)),
    approvals: lazyApprovals(async () => approvals(await asker())),
    // The right is the person's own; a program needs nothing to use it.
    lend: () => ({ set: {}, unset: [] }),
    lentNames: [],
  }
}

async function about<Answer>(
  subject: Target | Elevation,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    const target = 'target' in subject ? subject.target : formatTarget(subject)
    throw asPimError(error).about(target)
  }
}
