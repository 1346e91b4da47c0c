import { tenantBob, tenantCarol, tenantGroups } from '../../../../sandbox/microsoft/seed/seed.ts'
import { aliceApplicationAdministrator } from '../../../sandbox/microsoft/approval-calls.ts'
import { approvalsOf } from '../../approving.ts'
import { elevate, openRoom } from './fixture.ts'

/** What alice asks for on either surface of Graph: of one approver, of two, and of none. */
export const surfaces = {
  roles: {
    noun: 'role',
    once: 'application-administrator',
    twice: 'conditional-access-administrator',
    plain: 'user-administrator',
    shown: {
      provider: 'entra',
      role: 'Application Administrator',
      scope: '/',
      reference: { roleDefinitionId: aliceApplicationAdministrator.roleId, directoryScopeId: '/' },
    },
  },
  groups: {
    noun: 'group',
    once: 'sec-ops@owner',
    twice: 'vault-keepers',
    plain: 'sec-ops',
    shown: {
      provider: 'group',
      role: 'owner',
      scope: tenantGroups.secOps.id,
      scopeName: 'sec-ops',
      reference: { groupId: tenantGroups.secOps.id, accessId: 'owner' },
    },
  },
} as const

type Which = keyof typeof surfaces

/** Alice asks for something that others have to approve. */
export async function ask(which: Which, path: string = surfaces[which].once) {
  const room = await openRoom()
  room.tenant.add({ eligibilities: [aliceApplicationAdministrator] })
  const made = await elevate(path, room[which], room.now())
  return {
    ...room,
    made,
    id: made.providerRequestId ?? '',
    alices: approvalsOf(room[which]),
    bobs: approvalsOf((await room.as(tenantBob))[which]),
    carols: approvalsOf((await room.as(tenantCarol))[which]),
  }
}
