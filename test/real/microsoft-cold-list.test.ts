import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { expect, test } from 'vitest'

import type { Environment } from './pim.ts'
import { startRecorder } from './recorder.ts'
import { openSignedIn, openTenant, type TenantCloud } from './tenant.ts'

interface AzureCli {
  /** Leads to it, and to what it says of who is signed in. */
  readonly env: Environment
  /** The arguments of each time that it was called. */
  readonly calls: () => readonly string[]
}

/** Stands in for the Azure CLI: says this token is that of whoever is signed in there. */
function installAz({ folder, env }: TenantCloud, token: string): AzureCli {
  const bin = join(folder, 'az')
  const config = join(bin, 'config')
  mkdirSync(config, { recursive: true })
  const log = join(bin, 'log')
  const expires = Math.floor(Date.now() / 1000) + 3600
  const answer = {
    accessToken: token,
    expiresOn: '2026-01-01 00:00:00.000000',
    expires_on: expires,
    tokenType: 'Bearer',
  }
  writeFileSync(join(bin, 'answer.json'), JSON.stringify(answer))
  writeFileSync(join(config, 'azureProfile.json'), JSON.stringify({ subscriptions: [{ id: '1' }] }))
  const program = join(bin, 'az')
  writeFileSync(program, `#!/bin/sh\necho "$*" >>'${log}'\ncat '${join(bin, 'answer.json')}'\n`)
  chmodSync(program, 0o700)
  return {
    env: { PATH: [bin, env['PATH']].join(delimiter), AZURE_CONFIG_DIR: config },
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
        : [],
  }
}

interface Listed {
  readonly code: number | null
  readonly providers: readonly string[]
  readonly notes: readonly string[]
  /** Which servers of the tenant it asked. */
  readonly surfaces: readonly string[]
}

/** A cold `pim list`. */
async function list({ tenant, run }: TenantCloud, env: Environment): Promise<Listed> {
  const since = tenant.calls.length
  const { code, stdout, stderr } = await run(['list', '--refresh', '--json'], env)
  const { targets } = JSON.parse(stdout) as { targets: { provider: string }[] }
  return {
    code,
    providers: [...new Set(targets.map(({ provider }) => provider))].toSorted(),
    notes: stderr.split('\n').filter((line) => line !== ''),
    surfaces: [...new Set(tenant.calls.slice(since).map(({ surface }) => surface))].toSorted(),
  }
}

test('a token that is kept serves a cold list: neither the authority nor the Azure CLI is asked', async () => {
  await using cloud = await openSignedIn()
  const az = installAz(cloud, 'a.b.c')
  // The token for ARM comes with the first list, of the sign-in and not of the tool.
  expect((await list(cloud, az.env)).surfaces).toEqual(['arm', 'authority', 'graph'])
  for (const _ of [1, 2]) {
    expect(await list(cloud, az.env)).toEqual({
      code: 0,
      providers: ['aws', 'azure', 'entra', 'group'],
      notes: [],
      surfaces: ['arm', 'graph'],
    })
  }
  expect(az.calls()).toEqual([])
})

test('the Azure CLI alone serves Azure resource roles, and is asked once for two lists', async () => {
  await using cloud = await openTenant()
  const az = installAz(cloud, await tokenForArm(cloud))
  for (const _ of [1, 2]) {
    const listed = await list(cloud, az.env)
    expect(listed).toMatchObject({ code: 0, providers: ['aws', 'azure'], surfaces: ['arm'] })
  }
  expect(az.calls()).toEqual([expect.stringMatching(/^account get-access-token --output json/)])

  const { code, stdout, stderr } = await cloud.run(['list'], az.env)
  expect(code).toBe(0)
  expect(stdout).toMatch(/^azure:payments-prod\/Contributor/m)
  expect(stderr).toContain(
    'pim: not listed: entra, group; `pim login azure` signs in to Microsoft\n',
  )
  for (const provider of ['entra', 'group']) {
    const asked = await cloud.run(['list', '--provider', provider], az.env)
    expect([provider, asked.code, asked.stdout]).toEqual([provider, 4, ''])
    expect(asked.stderr).toContain(`pim: warning: ${provider}: `)
    expect(asked.stderr).toContain('Microsoft gives the Azure CLI no permission to activate them')
    expect(asked.stderr).toContain('`pim login azure')
  }
})

// With `--json` nothing says that they are missing: no note on stderr, and nothing in `errors`.
test('a script is told of what is not listed for want of a sign-in', async () => {
  await using cloud = await openTenant()
  const az = installAz(cloud, await tokenForArm(cloud))
  const { stdout, stderr } = await cloud.run(['list', '--json'], az.env)
  const { errors } = JSON.parse(stdout)
  expect(`${JSON.stringify(errors)}${stderr}`).toContain('entra')
})

/** A token such as `az` has, from another sign-in of alice's on another machine. */
async function tokenForArm({ tenant, folder, run, pimHome }: TenantCloud): Promise<string> {
  await using recorder = await startRecorder(tenant, folder)
  const elsewhere = { ...recorder.env, PIM_HOME: `${pimHome}-elsewhere` }
  await run(['login', 'azure', '--quiet'], elsewhere)
  await run(['list', '--provider', 'azure'], elsewhere)
  return [...(recorder.secrets().get('access_token') ?? [])].at(-1) ?? ''
}
