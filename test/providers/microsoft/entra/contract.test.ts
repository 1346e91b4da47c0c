import {
  directoryRoles,
  sandboxEligibility,
  sandboxPolicy,
  tenantGroups,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { keepsTheContract, type ProviderRoom } from '../../contract.ts'
import { attemptAt } from './graph.ts'
import { openRoom, targetNamed } from './fixture.ts'

keepsTheContract('entra', () => enter('roles', 'user-administrator', 'directory-readers'))
keepsTheContract('group', () => enter('groups', 'sec-ops', 'db-admins@owner'))

/** These demand a ticket, and there is none. */
const policy = sandboxPolicy({ ticket: true })
const readers = { kind: 'entra', roleId: directoryRoles.directoryReaders.id, scope: '/' } as const
const owners = { kind: 'group', roleId: 'owner', scope: tenantGroups.dbAdmins.id } as const

async function enter(
  which: 'roles' | 'groups',
  path: string,
  refusedPath: string,
): Promise<ProviderRoom> {
  let aheadMs = 0
  const room = await openRoom({ now: () => new Date(Date.now() + aheadMs) })
  room.tenant.add({
    eligibilities: [readers, owners].map((each) => sandboxEligibility(each, { policy })),
  })
  const provider = room[which]
  const eligible = await targetNamed(path, provider)
  const refused = await targetNamed(refusedPath, provider)
  const before = room.tenant.calls.length
  return {
    provider,
    eligible,
    refused,
    attempt: (target, differences = {}) => ({ ...attemptAt(target), ...differences }),
    breakCloud: () => {
      void room.tenant.stop()
      // The tokens that are held have ended by then.
      aheadMs = 86_400_000
    },
    calls: () => room.tenant.calls.length - before,
  }
}
