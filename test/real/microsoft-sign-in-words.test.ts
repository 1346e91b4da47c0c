import { describe, expect, test } from 'vitest'

import { openSignedIn, openStand, saidBy } from './fixture.ts'

/** As the authority refuses a token. */
function refusal(number: number, words = 'Words of Microsoft that nobody should have to read.') {
  const tail =
    'Trace ID: 1f1e6e0e-0000-4000-8000-000000000001 Correlation ID: 1f1e6e0e-0000-4000-8000-000000000002 Timestamp: 2026-03-01 12:00:00Z'
  return {
    error: 'invalid_grant',
    error_description: `AADSTS${number}: ${words} ${tail}`,
    error_codes: [number],
    timestamp: '2026-03-01 12:00:00Z',
    trace_id: '1f1e6e0e-0000-4000-8000-000000000001',
    correlation_id: '1f1e6e0e-0000-4000-8000-000000000002',
  }
}

const raw =
  /Error\(s\)|Timestamp|Description:|Trace ID|Correlation|invalid_grant|Credential:|undefined/

describe.concurrent('a refused device code', () => {
  test.each([
    [700016, 'the tenant does not know the application'],
    [7000112, 'disabled'],
    [50059, 'which tenant'],
    [99999, 'AADSTS99999: Words of Microsoft'],
  ])('AADSTS%i shows no code, and says why', async (number, reason) => {
    await using stand = await openStand()
    stand.tenant.fail({
      surface: 'authority',
      operation: 'device-code',
      status: 400,
      body: { ...refusal(number), error: 'unauthorized_client' },
      times: 3,
    })
    const { code, err } = await stand.pim(['login', 'azure', '--device-code'])
    expect(code).toBe(4)
    expect(err).toContain(reason)
    expect(err).not.toMatch(/enter the code|undefined|AADSTS7000014/)
  })
})

test.each([
  [50072, 'set up a second factor', 'https://aka.ms/mfasetup'],
  [50131, 'Conditional Access policy', 'sign-in log'],
  [50144, 'password of the account has expired', 'change the password'],
  [51004, 'not in the directory of this tenant', '`pim login azure --tenant'],
  [53011, 'blocked because of risk', 'Entra ID Protection'],
  [500014, 'disabled in the tenant', 'enable its service principal'],
  [500021, 'tenant restrictions', '`pim login azure --tenant'],
  [500200, 'personal Microsoft account', '`pim login azure --tenant'],
  [500212, 'own organisation', 'cross-tenant access settings'],
  [500213, 'cross-tenant access policy', 'cross-tenant access settings'],
  [50128, 'which tenant is meant', '`pim login azure --tenant'],
  [50059, 'which tenant is meant', '`pim login azure --tenant'],
  [50199, 'confirmed in the browser', '`pim login azure`'],
  [50005, 'operating system', 'administrator'],
  [130500, 'sign-in by phone', '`pim login azure`'],
  [530035, 'security defaults', '`--device-code`'],
  [700003, 'deleted this device', 'register the device'],
  [7000112, 'application that signs in is disabled', '`pim config set azure.clientId'],
  [53003, 'Conditional Access policy', 'sign-in log'],
])('AADSTS%i is told in plain words, with something to do', async (number, says, hint) => {
  await using stand = await openSignedIn()
  stand.tenant.revokeTokens()
  stand.tenant.fail({
    surface: 'authority',
    operation: 'token',
    status: 400,
    body: refusal(number),
    times: 9,
  })
  const { code, err } = await stand.pim(['elevate', 'entra:user-administrator', '-j', 'why'])
  expect(code).toBe(4)
  const said = saidBy({ err }).join('\n')
  expect(said).toContain(says)
  expect(said).toContain(hint)
  expect(said).not.toMatch(raw)
  expect(said).not.toMatch(/unknown|does not know/)
})

test('a number that pim does not know is told in Microsoft’s sentence only', async () => {
  await using stand = await openSignedIn()
  stand.tenant.revokeTokens()
  stand.tenant.fail({
    surface: 'authority',
    operation: 'token',
    status: 400,
    body: refusal(987654, 'The moon is in the wrong phase.'),
    times: 9,
  })
  const { code, err } = await stand.pim([
    'elevate',
    'entra:user-administrator',
    '-j',
    'why',
    '--json',
  ])
  expect(code).toBe(4)
  expect(err).toContain('AADSTS987654: The moon is in the wrong phase.')
  expect(err).not.toMatch(raw)
})
