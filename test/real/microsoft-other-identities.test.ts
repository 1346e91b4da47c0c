import { describe, expect, test } from 'vitest'

import { tenantApp } from '../../sandbox/microsoft/seed/seed.ts'
import { installAz, personTokenScript } from './azure-cli.ts'
import { openStand, saidBy } from './fixture.ts'

const words = ['elevate', 'azure:payments-prod/Contributor', '-j', 'why']

/** What the tool writes to stderr, line by line. */
function says(...lines: readonly string[]): string {
  return `cat >&2 <<'END'\n${lines.join('\n')}\nEND\nexit 1`
}

describe.concurrent('why the Azure CLI gives no token', () => {
  test.each([
    [
      'a policy that blocks',
      [
        'AADSTS53003: Access has been blocked by Conditional Access policies. The access policy does not allow token issuance. Trace ID: 2f8ccb7a-459e-44fb-b615-232475945800 Correlation ID: 824fc737-3721-428a-adb8-e51aec8c4cce Timestamp: 2026-02-17 18:39:09Z',
        'Run the command below to authenticate interactively; additional arguments may be added as needed:',
        'az logout',
        'az login --tenant "contoso.onmicrosoft.com" --scope "https://management.core.windows.net//.default"',
      ],
      'AADSTS53003: Access has been blocked by Conditional Access policies',
      'run `az logout` and `az login --tenant "contoso.onmicrosoft.com" --scope "https://management.core.windows.net//.default"`',
    ],
    [
      'another tenant',
      [
        "ERROR: The subscription of 'payments' doesn't exist in tenant 'contoso.onmicrosoft.com'.",
        'To access it, please run:',
        'az login --tenant contoso.onmicrosoft.com',
      ],
      "doesn't exist in tenant 'contoso.onmicrosoft.com'",
      'run `az login --tenant contoso.onmicrosoft.com`',
    ],
    [
      'another cloud',
      [
        'WARNING: a newer version is available',
        "ERROR: The subscription of '0000' doesn't exist in cloud 'AzureChinaCloud'.",
      ],
      "doesn't exist in cloud 'AzureChinaCloud'",
      'sign in with `az login`',
    ],
    [
      'nobody',
      ["ERROR: Please run 'az login' to setup account."],
      "Please run 'az login' to setup account",
      'sign in with `az login`',
    ],
  ])('%s: in its own words, with what it says to type', async (_, lines, reason, hint) => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does(says(...lines))
    const { code, err } = await stand.pim(words, { env: az.env })
    expect(code).toBe(4)
    const said = saidBy({ err }).join('\n')
    expect(said).toContain(reason)
    expect(said).toContain(hint)
    expect(said).not.toMatch(/Trace ID|Timestamp|WARNING/)
  })

  test('it does not answer: that is said, without a word of a parser’s', async () => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does('sleep 300 & sleep 300')
    const { code, err } = await stand.pim(words, { env: az.env, limitSeconds: 55 })
    expect(code).toBe(6)
    expect(err).toContain('the Azure CLI did not answer in time')
    expect(err).not.toMatch(/JSON|SyntaxError/)
  }, 90_000)

  test('it prints no token: that is said', async () => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does('echo "Welcome to the Azure CLI"')
    const { code, err } = await stand.pim(words, { env: az.env })
    expect(code).toBe(4)
    expect(err).toContain('it printed no token')
    expect(err).not.toMatch(/JSON|SyntaxError/)
  })

  test('it works though something of it holds its output open', async () => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does(`${await personTokenScript(stand.tenant)}\nsleep 300 &`)
    const { code } = await stand.pim([...words, '--wait', 'active'], { env: az.env })
    expect(code).toBe(0)
  })
})

const application = {
  AZURE_CLIENT_ID: tenantApp.clientId,
  AZURE_CLIENT_SECRET: tenantApp.clientSecret,
}

describe.concurrent('an application that the environment names', () => {
  test('an empty list says as whom pim asked, and how to be somebody else', async () => {
    await using stand = await openStand()
    const { code, out, err } = await stand.pim(['list', '--provider', 'azure'], {
      env: application,
    })
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain(
      `${tenantApp.displayName} (the environment: AZURE_CLIENT_ID and AZURE_CLIENT_SECRET) is eligible for no Azure resource roles`,
    )
    expect(err).toContain('unset AZURE_CLIENT_SECRET to use `az login`')
  })

  test('a list of other targets says so too', async () => {
    await using stand = await openStand()
    const { out, err } = await stand.pim(['list'], { env: application })
    expect(out).toContain('aws:')
    expect(err).toContain('AZURE_CLIENT_SECRET) is eligible for no Azure resource roles')
  })

  test('what is not there is not there for that application', async () => {
    await using stand = await openStand()
    const { code, err } = await stand.pim(words, { env: application })
    expect(code).toBe(2)
    expect(err).toContain(tenantApp.displayName)
    expect(err).toContain('AZURE_CLIENT_SECRET')
    expect(err).toContain('unset AZURE_CLIENT_SECRET')
  })

  test('with a wrong secret: which variable to unset', async () => {
    await using stand = await openStand()
    const env = { ...application, AZURE_CLIENT_SECRET: 'no-secret-of-ours' }
    const { code, err } = await stand.pim(words, { env })
    expect(code).toBe(4)
    expect(err).toContain('unset AZURE_CLIENT_SECRET to use `az login`')
    expect(err).not.toContain('no-secret-of-ours')
  })

  test('whoami names the variables', async () => {
    await using stand = await openStand()
    const { out } = await stand.pim(['whoami', '--provider', 'azure'], { env: application })
    expect(out).toContain('by the environment (AZURE_CLIENT_ID and AZURE_CLIENT_SECRET)')
  })
})

describe.concurrent('a managed identity whose endpoint is gone', () => {
  const gone = 'http://127.0.0.1:9/msi/token'
  test.each([
    ['IDENTITY_ENDPOINT', { IDENTITY_ENDPOINT: gone, IDENTITY_HEADER: 'x' }],
    ['IDENTITY_ENDPOINT', { IDENTITY_ENDPOINT: gone }],
    ['MSI_ENDPOINT', { MSI_ENDPOINT: gone }],
  ])('%s is named, in no library’s words: %j', async (variable, env) => {
    await using stand = await openStand()
    const { code, err } = await stand.pim(words, { env })
    expect(code).toBe(6)
    const said = saidBy({ err }).join('\n')
    expect(said).toContain(`${variable}, which names the managed identity`)
    expect(said).toContain(`unset ${variable} to use \`az login\``)
    expect(said).not.toMatch(/Credential:|msal|network_error|aka\.ms/i)
  })
})

describe.concurrent('an empty list', () => {
  test('of azure speaks of nothing else', async () => {
    await using stand = await openStand()
    stand.tenant.signsIn = {
      id: '5a4d0b0c-0000-4000-8000-0000000000d9',
      userPrincipalName: 'dora@sandbox.example',
      displayName: 'Dora',
    }
    await stand.pim(['login', 'azure'])
    const { code, out, err } = await stand.pim(['list', '--provider', 'azure'])
    expect([code, out]).toEqual([0, ''])
    expect(err).toContain(
      'pim: No targets found. dora@sandbox.example is eligible for no Azure resource roles\n',
    )
    expect(err).not.toMatch(/aws|directory roles|groups|profiles/)
  })
})
