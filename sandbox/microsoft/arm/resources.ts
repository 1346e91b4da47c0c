import { chainOf } from '../pim/activate.ts'
import { heldBy } from '../pim/state.ts'
import type { PimState } from '../pim/state.ts'
import { TenantError } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { TenantAnswer } from '../server/request.ts'

/** A subscription, for those who have a role there that works. Being eligible for one is not enough. */
export function getSubscription(scope: string, callerId: string, state: PimState): TenantAnswer {
  const chain = chainOf(scope, state)
  const mayRead = heldBy(callerId, 'azure', state).some((one) =>
    chain.some((id) => sameText(id, one.scope)),
  )
  if (!mayRead) {
    throw new TenantError(
      403,
      'AuthorizationFailed',
      `The client with object id '${callerId}' does not have authorization to perform action 'Microsoft.Resources/subscriptions/read' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    )
  }
  const found = state.seed().scopes.find(({ id }) => sameText(id, scope))
  const subscriptionId = scope.split('/').at(-1)
  return {
    status: 200,
    body: {
      id: scope,
      subscriptionId,
      tenantId: state.seed().organization.id,
      displayName: found?.displayName ?? subscriptionId,
      state: 'Enabled',
      subscriptionPolicies: { spendingLimit: 'Off' },
      authorizationSource: 'RoleBased',
    },
  }
}

/** The tenants the caller may sign in to: this one. */
export function listTenants({ seed }: PimState): readonly unknown[] {
  const { id, displayName, domain } = seed().organization
  return [
    {
      id: `/tenants/${id}`,
      tenantId: id,
      displayName,
      defaultDomain: domain,
      tenantCategory: 'Home',
      domains: [domain],
    },
  ]
}
