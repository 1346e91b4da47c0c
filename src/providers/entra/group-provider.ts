import type { Provider } from '../../core/provider.ts'
import type { MicrosoftDeps } from '../microsoft/surroundings.ts'
import { createGrantProvider, type GraphSession } from './grant-provider.ts'

/** Memberships and ownerships of groups, as PIM for Groups gives them over Graph. */
export function createGroupProvider(deps: MicrosoftDeps, session?: GraphSession): Provider {
  return createGrantProvider(
    { id: 'group', source: 'groups' },
    deps,
    async () => (await import('./groups.ts')).groupCalls,
    async (asker) => (await import('./group-approvals.ts')).groupApprovals(asker),
    session,
  )
}
