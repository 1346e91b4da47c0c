import { describe, expect, test } from 'vitest'

import { openStand, type Stand } from './fixture.ts'

const roles = [
  'User.Read',
  'RoleEligibilitySchedule.Read.Directory',
  'RoleAssignmentSchedule.ReadWrite.Directory',
  'RoleManagementPolicy.Read.Directory',
]
const groups = [
  'User.Read',
  'PrivilegedEligibilitySchedule.Read.AzureADGroup',
  'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
  'RoleManagementPolicy.Read.AzureADGroup',
]
const arm = 'user_impersonation'

async function listed({ pim }: Stand) {
  const { out } = await pim(['list', '--json', '--refresh'])
  const { targets, errors } = JSON.parse(out) as {
    targets: { provider: string }[]
    errors: { provider: string; error: { message: string; hint: string } }[]
  }
  return { providers: [...new Set(targets.map(({ provider }) => provider))], errors }
}

describe.concurrent('consent to a part of the permissions', () => {
  test.each(['browser', 'device code'])(
    'by %s: everything but names: signed in, and roles are elevated to',
    async (how) => {
      await using stand = await openStand()
      stand.tenant.consentedScopes = [...new Set([...roles, ...groups, arm])]
      const flags = how === 'browser' ? [] : ['--device-code']
      const { code, err } = await stand.pim(['login', 'azure', ...flags])
      expect(code).toBe(0)
      expect(err).toContain('this sign-in lacks permissions')
      const [, lacking = ''] = /this sign-in lacks permissions: (.*)/.exec(err) ?? []
      expect(lacking.match(/\w+\.[\w.]+/g)).toEqual([
        'GroupMember.Read.All',
        'AdministrativeUnit.Read.All',
      ])
      for (const target of ['entra:user-administrator', 'azure:payments-prod/Contributor']) {
        expect((await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])).code).toBe(0)
      }
      const { providers } = await listed(stand)
      expect(providers).toEqual(expect.arrayContaining(['azure', 'entra', 'group']))
    },
  )

  test('for groups only: they are listed, and what lacks for roles is named alone', async () => {
    await using stand = await openStand()
    stand.tenant.consentedScopes = [...groups, 'GroupMember.Read.All', arm]
    expect((await stand.pim(['login', 'azure'])).code).toBe(0)
    const { providers, errors } = await listed(stand)
    expect(providers).toContain('group')
    const [error] = errors.filter(({ provider }) => provider === 'entra')
    expect(error?.error.message).toContain('RoleEligibilitySchedule.Read.Directory')
    expect(error?.error.message).not.toMatch(/AzureADGroup|GroupMember/)
    expect(
      (await stand.pim(['elevate', 'group:sec-ops', '-j', 'why', '--wait', 'active'])).code,
    ).toBe(0)
  })

  test('for Azure resources only: they are elevated to', async () => {
    await using stand = await openStand()
    stand.tenant.consentedScopes = [arm]
    const { code, err } = await stand.pim(['login', 'azure'])
    expect([code, err]).toEqual([0, expect.stringContaining('covers Azure resource roles only')])
    const target = 'azure:payments-prod/Contributor'
    expect((await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])).code).toBe(0)
    const refused = await stand.pim(['elevate', 'entra:user-administrator', '-j', 'why'])
    expect(refused.code).toBe(4)
    expect(refused.err).toContain('adminconsent')
  })

  test('for nothing: what is missing is named once, with where to give it', async () => {
    await using stand = await openStand()
    stand.tenant.consentedScopes = []
    const { code, err } = await stand.pim(['login', 'azure'])
    expect(code).toBe(4)
    expect(err).toContain('adminconsent')
  })

  test('that is taken back later costs only what it was for', async () => {
    await using stand = await openStand()
    expect((await stand.pim(['login', 'azure'])).code).toBe(0)
    stand.tenant.consentedScopes = [...roles, arm]
    stand.tenant.revokeTokens()
    const target = 'entra:user-administrator'
    expect((await stand.pim(['elevate', target, '-j', 'why', '--wait', 'active'])).code).toBe(0)
  })
})
