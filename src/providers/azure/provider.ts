import type { CloudIdentity, Provider } from '../../core/provider.ts'
import { asPimError } from '../../core/errors.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import type { ProviderDeps } from '../index.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import { lazyApprovals } from '../microsoft/lazy-approvals.ts'
import { sharedSession, type MicrosoftSession } from '../microsoft/session.ts'
import { locate } from './locate.ts'

/** What of a session the provider uses. */
type ArmSession = Pick<MicrosoftSession, 'isSetUp' | 'configuration' | 'client'>

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
    source: () => 'eligibilities for Azure resource roles',
    locate,
    configuration: () => session.configuration('arm'),
    requirements: (target, signal) =>
      about(target, async () =>
        (await import('./requirements.ts')).requirements(target, await client(), signal),
      ),
    identify: (target, signal) => about(target, async () => identityOf(await client(), signal)),
    whoAmI: async (signal) => identityOf(await client(), signal),
    current: (target, signal) =>
      about(target, async () =>
        (await import('./progress.ts')).current(target, await client(), now, signal),
      ),
    activate: (attempt) =>
      about(attempt.plan.target, async () =>
        (await import('./activate.ts')).activate(attempt, await client(), now),
      ),
    validate: (attempt) =>
      about(attempt.plan.target, async () =>
        (await import('./activate.ts')).validate(attempt, await client()),
      ),
    progress: (elevation, signal) =>
      about(elevation.target, async () =>
        (await import('./progress.ts')).progress(elevation, await client(), now, signal),
      ),
    isEffective: (elevation, _, signal) =>
      about(elevation.target, async () =>
        (await import('./effective.ts')).isEffective(elevation, await client(), signal),
      ),
    approvals: lazyApprovals(async () =>
      (await import('./approvals.ts')).createArmApprovals(await client(), now),
    ),
    release: (elevation, signal) =>
      about(elevation.target, async () =>
        (await import('./release.ts')).release(elevation, await client(), now, signal),
      ),
    lend: () => ({ set: {}, unset: [] }),
    lentNames: [],
  }
}

/** Whoever is signed in: what is activated counts for them, in their tenant. */
async function identityOf(client: MicrosoftClient, signal: AbortSignal): Promise<CloudIdentity> {
  const { username, objectId, tenantId, source, scopes, expiresAt } = await client.identity(signal)
  const name = username || objectId
  return {
    name,
    person: name.split('@')[0] || name,
    account: tenantId,
    signIn: { source, scopes, expiresAt },
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
