import { describe, expect, test } from 'vitest'

import { tenantAlice, tenantBob } from '../../sandbox/microsoft/seed/seed.ts'
import { claimsAsked, p1 } from './claims.ts'
import { openSignedIn, type Stand } from './fixture.ts'

const reader = 'azure:payments-prod/Contributor'

describe('claims that a sign-in is to bring', () => {
  const code = 'RequestDisallowedByPolicy'

  async function refusedForP1(): Promise<Stand> {
    const stand = await openSignedIn()
    stand.tenant.mandatoryMfa = code
    stand.tenant.deviceCodeInterval = 0
    const { code: exit, err } = await stand.pim(['elevate', reader, '-j', 'why'])
    expect(exit).toBe(4)
    expect(err).toContain('`--device-code` signs in on another device')
    return stand
  }
  const p1Asked = (stand: Stand) =>
    claimsAsked(stand).filter((claims) => JSON.stringify(claims) === JSON.stringify(p1)).length
  const login = ['login', 'azure', '--device-code']
  const elevateReader = ['elevate', reader, '-j', 'why', '--wait', 'active']

  test('are brought whole by a device code, once', async () => {
    await using stand = await refusedForP1()
    expect((await stand.pim(login)).code).toBe(0)
    const asked = p1Asked(stand)
    expect(asked).toBeGreaterThan(0)
    expect((await stand.pim(elevateReader)).code).toBe(0)
    expect((await stand.pim(login)).code).toBe(0)
    expect(p1Asked(stand)).toBe(asked)
  })

  test.each(['decline', 'expire'] as const)(
    'are kept where a sign-in ends in %s',
    async (answer) => {
      await using stand = await refusedForP1()
      stand.tenant.deviceAnswer = answer
      expect((await stand.pim(login)).code).toBe(4)
      stand.tenant.deviceAnswer = 'approve'
      expect((await stand.pim(['login', 'azure'])).code).toBe(0)
      expect(stand.visits().at(-1)?.claims).toMatchObject(p1)
      expect((await stand.pim(elevateReader)).code).toBe(0)
    },
  )

  test.each([login, ['login', 'azure']])(
    'are not met by somebody else: it is said who must sign in (%s %s %s)',
    async (...words) => {
      await using stand = await refusedForP1()
      const env = { PIM_SANDBOX_PERSON: 'bob' }
      stand.tenant.signsIn = tenantBob
      const { code: exit, err } = await stand.pim(words, { env })
      expect(exit).toBe(4)
      expect(err).toContain('bob@sandbox.example signed in, but alice@sandbox.example must')
      expect(err).toContain('`pim login azure --account bob@sandbox.example`')
      const { out } = await stand.pim(['login', '--list'])
      expect(out).not.toContain('bob')
      stand.tenant.signsIn = tenantAlice
      expect((await stand.pim(login)).code).toBe(0)
      expect((await stand.pim(elevateReader)).code).toBe(0)
    },
  )

  test('that a device code cannot bring wait for the browser', async () => {
    await using stand = await openSignedIn()
    const owner = ['elevate', 'azure:payments-prod/rg-web/Owner', '-j', 'why', '--wait', 'active']
    expect((await stand.pim(owner)).code).toBe(4)
    stand.tenant.deviceCodeInterval = 0
    expect((await stand.pim(login)).code).toBe(0)
    expect((await stand.pim(['login', 'azure'])).code).toBe(0)
    expect((await stand.pim(owner)).code).toBe(0)
  })
})
