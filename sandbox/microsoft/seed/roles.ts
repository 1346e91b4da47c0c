import type { ArmRole, ArmScope } from './model.ts'

export const berlin = {
  id: '5a4d0b0c-0000-4000-8000-00000000b001',
  displayName: 'Berlin',
} as const

const platform = managementGroup('platform')
const paymentsProd = subscription(
  'payments-prod',
  '5a4d0b0c-0000-4000-8000-00000000c001',
  platform.id,
)
const paymentsDev = subscription(
  'payments-dev',
  '5a4d0b0c-0000-4000-8000-00000000c002',
  platform.id,
)

export const armScopes = {
  platform,
  paymentsProd,
  paymentsDev,
  rgWeb: resourceGroup('rg-web', paymentsProd.id),
} as const satisfies Record<string, ArmScope>

/** Microsoft's own ids, but for the custom role's. */
export const armRoles = {
  owner: armRole('Owner', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', { actions: ['*'] }),
  contributor: armRole('Contributor', 'b24988ac-6180-42a0-ab88-20f7382dd24c', {
    actions: ['*'],
    notActions: [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  }),
  userAccessAdministrator: armRole(
    'User Access Administrator',
    '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    { actions: ['*/read', 'Microsoft.Authorization/*', 'Microsoft.Support/*'] },
  ),
  reader: armRole('Reader', 'acdd72a7-3385-48ef-bd42-f606fba81ae7', { actions: ['*/read'] }),
  queueOperator: armRole('Queue Operator', '5a4d0b0c-0000-4000-8000-00000000d001', {
    isCustom: true,
    actions: ['Microsoft.Storage/storageAccounts/queueServices/queues/read'],
    dataActions: ['Microsoft.Storage/storageAccounts/queueServices/queues/messages/process/action'],
  }),
} as const satisfies Record<string, ArmRole>

/** Microsoft's own ids. */
export const directoryRoles = {
  userAdministrator: {
    id: 'fe930be7-5e62-47db-91af-98c3a49a38b1',
    displayName: 'User Administrator',
  },
  helpdeskAdministrator: {
    id: '729827e3-9c14-49f7-bb1b-9608f156bbb8',
    displayName: 'Helpdesk Administrator',
  },
  securityReader: { id: '5d6b6bb7-de71-4623-b4af-96380a352509', displayName: 'Security Reader' },
  globalAdministrator: {
    id: '62e90394-69f5-4237-9190-012177145e10',
    displayName: 'Global Administrator',
  },
  privilegedRoleAdministrator: {
    id: 'e8611ab8-c189-46e8-94e1-60213ab1f814',
    displayName: 'Privileged Role Administrator',
  },
  conditionalAccessAdministrator: {
    id: 'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9',
    displayName: 'Conditional Access Administrator',
  },
  applicationAdministrator: {
    id: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3',
    displayName: 'Application Administrator',
  },
  directoryReaders: {
    id: '88d8e3e3-8f55-4a1e-953a-9b9898b8876b',
    displayName: 'Directory Readers',
  },
} as const

function managementGroup(name: string): ArmScope {
  const id = `/providers/Microsoft.Management/managementGroups/${name}`
  return { id, displayName: name, type: 'managementgroup', parent: undefined }
}

function subscription(displayName: string, guid: string, parent: string): ArmScope {
  return { id: `/subscriptions/${guid}`, displayName, type: 'subscription', parent }
}

/** A resource group in a subscription, given by its scope. */
export function resourceGroup(name: string, parent: string): ArmScope {
  return {
    id: `${parent}/resourceGroups/${name}`,
    displayName: name,
    type: 'resourcegroup',
    parent,
  }
}

function armRole(displayName: string, id: string, differences: Partial<ArmRole>): ArmRole {
  const nothing = { actions: [], notActions: [], dataActions: [] }
  return { id, displayName, isCustom: false, ...nothing, ...differences }
}
