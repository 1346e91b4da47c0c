import { describe, expect, test } from 'vitest'

import { tenantAlice, tenantId } from '../../sandbox/microsoft/seed/seed.ts'
import {
  activeIn,
  addFabrikam,
  expectDone,
  fabrikam,
  kinds,
  openDesk,
  sixMinutesLater,
  targets,
} from './identities.ts'

describe('a name that two tenants bear', () => {
  async function openNamesakes() {
    const desk = await openDesk()
    const other = addFabrikam(desk.tenant, { displayName: 'Sandbox' })
    await desk.signIn('alice', '--tenant', tenantId)
    await desk.signIn('alice', '--tenant', fabrikam.domain)
    return { desk, other }
  }

  test.each([
    ['release', '--all'],
    ['status'],
    ['list'],
    ['elevate', targets[0], '-j', 'why'],
    ['login', 'azure'],
    ['logout'],
  ])(
    'is refused by pim %s',
    async (...asked) => {
      const { desk, other } = await openNamesakes()
      await using _ = desk
      const words = [...targets, '-j', 'why', '--wait', 'active', '--tenant', tenantId]
      expectDone(await desk.pim(['elevate', ...words]))
      sixMinutesLater(desk.tenant, other)
      const { code, err } = await desk.pim([...asked, '--tenant', 'Sandbox'])
      expect(err).toContain(`\`Sandbox\` is the name of several tenants`)
      expect([code, err]).toEqual([2, expect.stringContaining(fabrikam.id)])
      expect(activeIn(desk.tenant, tenantAlice)).toEqual(Object.values(kinds))
      const { accounts } = JSON.parse((await desk.pim(['login', '--list', '--json'])).out)
      expect(accounts).toHaveLength(2)
    },
    120_000,
  )
})
