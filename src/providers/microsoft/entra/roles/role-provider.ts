import type { Provider } from '../../../../core/provider.ts'
import type { MicrosoftDeps } from '../../deps.ts'
import { createGrantProvider, type GraphSession } from '../provider.ts'

/** Directory roles, as Privileged Identity Management gives them over Graph. */
export function createRoleProvider(deps: MicrosoftDeps, session?: GraphSession): Provider {
  return createGrantProvider(
    { id: 'entra', source: 'directory roles' },
    deps,
    async () => (await import('./role-operations.ts')).roleCalls,
    async (asker) => (await import('./role-approvals.ts')).roleApprovals(asker),
    session,
  )
}
