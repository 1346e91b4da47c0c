import type { Provider } from '../../../core/provider.ts'
import { asPimError } from '../../../core/errors.ts'
import { formatTarget, type Target } from '../../../core/target.ts'
import type { ProviderDeps } from '../../index.ts'
import type { MicrosoftClient } from '../http/client.ts'
import { cloudIdentity } from '../session/identities.ts'
import { lazyApprovals } from '../approvals/lazy.ts'
import { sharedSession, type MicrosoftSession } from '../session/session.ts'
import { locate } from './scope/locate.ts'

/** What of a session the provider uses. */
type ArmSession = Pick<MicrosoftSession, 'isSetUp' | 'configuration' | 'client' | 'identities'>

/** Azure resource roles through Privileged Identity Management. */
export function createAzureProvider(
  deps: ProviderDeps,
  session: ArmSession = sharedSession(deps),
): Provider {
  const { now } = deps
  const client = (): Promise<MicrosoftClient> => session.client('arm')
  return {
    id: 'azure',
    access: 'grant',
    isSetUp: () => session.isSetUp('arm'),
    discover: async (signal) =>
      (await import('./discover.ts')).discover(await client(), now, signal),
    source: () => 'Azure resource roles',
    locate,
    configuration: () => session.configuration('arm'),
    requirements: (target, signal) =>
      about(target, async () =>
        (await import('./requirements.ts')).requirements(target, await client(), signal),
      ),
    ensureSignIn: (target, demand, signal) =>
      about(target, async () => (await client()).ensureSignIn(demand, signal)),
    identify: (target, signal) => about(target, async () => cloudIdentity(await client(), signal)),
    whoAmI: async (signal) => cloudIdentity(await client(), signal),
    identities: (signal) => session.identities('arm', signal),
    current: (target, signal) =>
      about(target, async () =>
        (await import('./schedule/progress.ts')).current(target, await client(), now, signal),
      ),
    activate: (attempt) =>
      about(attempt.plan.target, async () =>
        (await import('./schedule/activate.ts')).activate(attempt, await client(), deps),
      ),
    validate: (attempt) =>
      about(attempt.plan.target, async () =>
        (await import('./schedule/activate.ts')).validate(attempt, await client()),
      ),
    progress: (elevation, signal) =>
      about(elevation.target, async () =>
        (await import('./schedule/progress.ts')).progress(elevation, await client(), now, signal),
      ),
    isEffective: (elevation, _, signal) =>
      about(elevation.target, async () =>
        (await import('./schedule/effective.ts')).isEffective(elevation, await client(), signal),
      ),
    approvals: lazyApprovals(async () =>
      (await import('./requests/approvals.ts')).createArmApprovals(await client(), now),
    ),
    release: (elevation, signal) =>
      about(elevation.target, async () =>
        (await import('./schedule/release.ts')).release(elevation, await client(), now, signal),
      ),
    lend: () => ({ set: {}, unset: [] }),
    lentNames: [],
  }
}

/** Does something, and has an error name the target. */
async function about<Answer>(target: Target | string, act: () => Promise<Answer>): Promise<Answer> {
  try {
    return await act()
  } catch (error) {
    throw asPimError(error).about(typeof target === 'string' ? target : formatTarget(target))
  }
}
