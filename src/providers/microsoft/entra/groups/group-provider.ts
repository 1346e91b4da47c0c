import type { Provider } from '../../../../core/provider.ts'
import type { MicrosoftDeps } from '../../deps.ts'
import { createGrantProvider, type GraphSession } from '../provider.ts'

/** Memberships and ownerships of groups, as PIM for Groups gives them over Graph. */
export function createGroupProvider(deps: MicrosoftDeps, session?: GraphSession): Provider {
  return createGrantProvider(
    { id: 'group', source: 'groups' },
    deps,
    async () => (await import('./group-operations.ts')).groupCalls,
    async (asker) => (await import('./group-approvals.ts')).groupApprovals(asker),
    session,
  )
}
