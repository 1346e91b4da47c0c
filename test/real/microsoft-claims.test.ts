import { describe, expect, test } from 'vitest'

import { installAz, personTokenScript } from './azure-cli.ts'
import { claimsAsked, p1 } from './claims.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openSignedIn, openStand, saidBy, type Stand } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))
const reader = 'azure:payments-prod/Contributor'
const p1Encoded = Buffer.from(JSON.stringify(p1)).toString('base64')

/** Runs a line in a terminal, where somebody can be asked. */
async function typed(stand: Stand, line: string, code: number): Promise<string> {
  const terminal = new Terminal(stand)
  try {
    terminal.run(line)
    return await terminal.exits(code)
  } finally {
    terminal.close()
  }
}

const policyWords = /Azure policy|organisation forbids/i

describe.each(['RequestDisallowedByPolicy', 'RequestDisallowedByAzure'] as const)(
  'mandatory MFA of Azure (%s)',
  (code) => {
    test.skipIf(!hasTmux)(
      'is met by one sign-in in a terminal, with the claims as asked',
      async () => {
        await using stand = await openSignedIn()
        stand.tenant.mandatoryMfa = code
        await typed(stand, `pim elevate ${reader} -j why --wait active`, 0)
        expect(stand.tenant.signIns).toBe(2)
        expect(claimsAsked(stand)).toContainEqual(p1)
        expect(stand.visits().at(-1)?.claims).toMatchObject(p1)
      },
    )

    test('names the command where nobody can be asked, and after it there is no loop', async () => {
      await using stand = await openSignedIn()
      stand.tenant.mandatoryMfa = code
      const refused = await stand.pim(['elevate', reader, '-j', 'why'])
      expect(refused.code).toBe(4)
      expect(refused.err).not.toMatch(policyWords)
      const [, line = ''] = /run `(pim login azure[^`]*)`/.exec(refused.err) ?? []
      const words = line.split(' ').slice(1)
      expect(words.slice(0, 2)).toEqual(['login', 'azure'])
      expect((await stand.pim(words)).code).toBe(0)
      expect(stand.visits().at(-1)?.claims).toMatchObject(p1)
      const { code: again } = await stand.pim(['elevate', reader, '-j', 'why', '--wait', 'active'])
      expect([again, stand.tenant.signIns]).toEqual([0, 2])
      // Answered once, it is asked of no later sign-in.
      await stand.pim(words)
      expect(stand.visits().at(-1)?.claims).not.toMatchObject(p1)
    })

    test('names the line of the Azure CLI, with the challenge in it', async () => {
      await using stand = await openStand()
      const az = installAz(stand.folder)
      az.does(await personTokenScript(stand.tenant))
      stand.tenant.mandatoryMfa = code
      const { code: exit, err } = await stand.pim(['elevate', reader, '-j', 'why'], { env: az.env })
      expect(exit).toBe(4)
      expect(err).toContain('`az logout`')
      expect(err).toContain(`--claims-challenge "${p1Encoded}"`)
      expect(err).not.toMatch(policyWords)
    })
  },
)

const location = {
  access_token: {
    nbf: { essential: true, value: '1765432100' },
    xms_rp_ipaddr: { value: '203.0.113.7' },
  },
}
const encodedLocation = Buffer.from(JSON.stringify(location)).toString('base64')

describe('continuous access evaluation', () => {
  const words =
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: LocationConditionEvaluationSatisfied'
  const byLocation = {
    surface: 'graph',
    operation: 'list-eligible-roles',
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: words,
    headers: {
      'WWW-Authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error_description="${words}", error="insufficient_claims", claims="${encodedLocation}"`,
    },
  } as const

  test('passes the claims on whole, and goes on where that does', async () => {
    await using stand = await openSignedIn()
    stand.tenant.fail(byLocation)
    const { code } = await stand.pim(['list', '--refresh'])
    expect(code).toBe(0)
    expect(claimsAsked(stand)).toEqual([location])
  })

  test('names the location where it still fails', async () => {
    await using stand = await openSignedIn()
    stand.tenant.fail({ ...byLocation, times: 9 })
    const { code, err } = await stand.pim(['list', '--refresh', '--provider', 'entra'])
    expect(code).toBe(4)
    expect(claimsAsked(stand)).toEqual([location])
    expect(err).toContain('LocationConditionEvaluationSatisfied')
    expect(err).toContain('network')
  })

  test('by the IP policy of a tenant, on ARM: whole, and named', async () => {
    await using stand = await openSignedIn()
    stand.tenant.fail({
      surface: 'arm',
      operation: 'activate',
      status: 401,
      code: 'AuthenticationFailed',
      message: 'Authentication failed.',
      headers: {
        'WWW-Authenticate': `Bearer authorization_uri="https://login.windows.net/", error="invalid_token", error_description="Tenant IP Policy validate failed.", claims="${encodedLocation}"`,
      },
      times: 9,
    })
    const { code, err } = await stand.pim(['elevate', reader, '-j', 'why'])
    expect(code).toBe(4)
    expect(claimsAsked(stand)).toEqual([location])
    expect(err).toContain('Tenant IP Policy validate failed.')
    expect(err).toMatch(/network|location/)
  })

  test('says both, the authority’s refusal and the reason of the challenge', async () => {
    await using stand = await openSignedIn()
    stand.tenant.fail({ ...byLocation, times: 9 })
    stand.tenant.fail({
      surface: 'authority',
      operation: 'token',
      status: 400,
      body: {
        error: 'interaction_required',
        error_description: 'AADSTS53003: Access has been blocked by Conditional Access policies.',
        error_codes: [53003],
      },
    })
    const { code, err } = await stand.pim(['list', '--refresh', '--provider', 'entra'])
    expect(code).toBe(4)
    expect(err).toContain('Conditional Access')
    expect(err).toContain('LocationConditionEvaluationSatisfied')
  })
})

describe('what was met already and is refused again', () => {
  const mfaRule = {
    surface: 'graph',
    operation: 'activate-role',
    status: 400,
    code: 'RoleAssignmentRequestPolicyValidationFailed',
    message: 'The following policy rules failed: ["MfaRule"]',
    times: 99,
  } as const
  const acrs = {
    ...mfaRule,
    code: 'RoleAssignmentRequestAcrsValidationFailed',
    message: `&claims=${encodeURIComponent('{"access_token":{"acrs":{"essential":true, "value":"c1"}}}')}`,
  } as const
  const sameAgain = /sign in again|pim login azure|machine with a browser|second factor|az login/

  test.skipIf(!hasTmux).each([
    ['a second factor', mfaRule, 'with multi-factor authentication', 'MFA setting of the role'],
    ['a context', acrs, 'authentication context c1', 'Conditional Access policy for c1'],
  ])('%s: it names what an administrator can check', async (_, fault, what, check) => {
    await using stand = await openSignedIn()
    stand.tenant.fail(fault)
    const screen = await typed(stand, 'pim elevate entra:user-administrator -j why', 4)
    const said = saidBy({ err: screen.replaceAll(/\n(?!pim: )/g, ' ') }).join('\n')
    expect(said).toContain('Microsoft refused a sign-in')
    expect(said).toContain(what)
    expect(said).toContain(check)
    expect(said).not.toMatch(sameAgain)
    expect(stand.tenant.signIns).toBe(2)
    // The next one has it already, and nobody is there.
    const next = await stand.pim(['elevate', 'entra:user-administrator', '-j', 'why'])
    expect(next.code).toBe(4)
    expect(next.err).toContain('Microsoft refused a sign-in')
    expect(next.err).not.toMatch(sameAgain)
  })
})
