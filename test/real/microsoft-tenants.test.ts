import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

import { tenantAlice, tenantId } from '../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import {
  activeIn,
  addFabrikam,
  expectDone,
  fabrikam,
  guest,
  kinds,
  openDesk,
  sixMinutesLater,
  statusOf,
  targets,
  type Desk,
} from './identities.ts'

const alice = tenantAlice.userPrincipalName
const allKinds = Object.values(kinds)
const heldIn = (tenant: string) =>
  targets.map((target) => ({ target, state: 'active', holder: `${alice} in ${tenant}` }))

/** Alice is signed in to two tenants under one name; the second is in use. */
async function openTwoTenants(): Promise<{ readonly desk: Desk; readonly other: Tenant }> {
  const desk = await openDesk()
  const other = addFabrikam(desk.tenant)
  await desk.signIn('alice', '--tenant', tenantId)
  await desk.signIn('alice', '--tenant', fabrikam.domain)
  return { desk, other }
}

const elevate = (desk: Desk, ...flags: readonly string[]) =>
  desk.pim(['elevate', ...targets, '-j', 'why', '--wait', 'active', ...flags]).then(expectDone)

const active = async (desk: Desk, ...flags: readonly string[]) => {
  const { out } = await desk.pim(['list', '--json', '--refresh', ...flags])
  const { targets: all } = JSON.parse(out) as { targets: { target: string; state?: string }[] }
  return all.filter(({ state }) => state === 'active').map(({ target }) => target)
}

describe('three roles in Contoso, while Fabrikam is in use', () => {
  test('are not shown as active in Fabrikam, and status says whose tenant it is', async () => {
    const { desk } = await openTwoTenants()
    await using _ = desk
    await elevate(desk, '--tenant', tenantId)
    expect(await active(desk)).toEqual([])
    expect(await active(desk, '--tenant', tenantId)).toEqual([...targets])
    for (const target of targets) {
      expect((await desk.pim(['status', '--check', target])).code).toBe(1)
      const there = await desk.pim(['status', '--check', target, '--tenant', tenantId])
      expect(there.code).toBe(0)
    }
    expect(
      (await desk.pim(['status'])).out.match(/alice@sandbox.example in Sandbox/g),
    ).toHaveLength(3)
  }, 120_000)

  test('are released there, with its own sign-in, and not called released in Fabrikam', async () => {
    const { desk, other } = await openTwoTenants()
    await using _ = desk
    await elevate(desk, '--tenant', tenantId)
    sixMinutesLater(desk.tenant, other)
    // Nothing of these is Fabrikam's.
    const wrong = await desk.pim(['release', ...targets, '--tenant', fabrikam.id])
    expect(wrong.err).not.toContain('released')
    expect(activeIn(desk.tenant, tenantAlice)).toEqual(allKinds)
    expectDone(await desk.pim(['release', ...targets]))
    expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
    expect(other.requests).toEqual([])
    const callers = desk.tenant.calls
      .filter(({ path }) => path.toLowerCase().includes('schedulerequests'))
      .map(({ caller }) => caller)
    expect(callers).not.toContain(guest.id)
  }, 120_000)

  test('signed out of Contoso, the tenant is named, and all three stay known', async () => {
    const { desk, other } = await openTwoTenants()
    await using _ = desk
    await elevate(desk, '--tenant', tenantId)
    expectDone(await desk.pim(['logout', '--tenant', tenantId]))
    sixMinutesLater(desk.tenant, other)
    const { code, err } = await desk.pim(['release', '--all'])
    expect(code).toBe(4)
    expect(err).toContain(`${alice} in Sandbox holds this and is not signed in`)
    expect(err).toContain(`pim login azure --tenant ${tenantId}`)
    expect(activeIn(desk.tenant, tenantAlice)).toEqual(allKinds)
    expect(await statusOf(desk)).toEqual(heldIn(tenantId))
    expect(desk.events()).not.toContain('elevation.released')
  }, 120_000)
})

test('the same three names in two tenants are six elevations, and --all releases each in its own', async () => {
  const { desk, other } = await openTwoTenants()
  await using _ = desk
  await elevate(desk, '--tenant', tenantId)
  await elevate(desk)
  expect(await statusOf(desk)).toEqual(
    targets.flatMap((target) =>
      [tenantId, fabrikam.id].map((tenant) => ({
        target,
        state: 'active',
        holder: `${alice} in ${tenant}`,
      })),
    ),
  )
  sixMinutesLater(desk.tenant, other)
  expectDone(await desk.pim(['release', '--all']))
  expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
  expect(activeIn(other, guest)).toEqual([])
  expect(other.requests.filter(({ action }) => action === 'SelfDeactivate')).toHaveLength(3)
  expect(desk.events().filter((event) => event === 'elevation.released')).toHaveLength(6)
}, 120_000)

test('a tenant is named by its id, its domain or its name, and no other is used', async () => {
  const { desk } = await openTwoTenants()
  await using _ = desk
  const whoIn = async (tenant: string) => {
    const { code, out, err } = await desk.pim(['whoami', '--tenant', tenant, '--json'])
    expect([code, err]).toEqual([0, ''])
    const { identities } = JSON.parse(out) as {
      identities: {
        provider: string
        identity: { cloud: string; tenant: string; tenantName?: string }
      }[]
    }
    const own = identities.filter(({ identity }) => identity.cloud === 'microsoft')
    expect(own.map(({ provider }) => provider)).toEqual(['azure', 'entra', 'group'])
    return [...new Set(own.map(({ identity }) => `${identity.tenantName} ${identity.tenant}`))]
  }
  for (const name of [fabrikam.id, fabrikam.domain, fabrikam.displayName, 'FABRIKAM INC']) {
    expect(await whoIn(name)).toEqual([`${fabrikam.displayName} ${fabrikam.id}`])
  }
  for (const name of [tenantId, 'sandbox.example', 'sandbox']) {
    expect(await whoIn(name)).toEqual([`Sandbox ${tenantId}`])
  }
  // The environment says one, and who types says another.
  const { out } = await desk.pim(['whoami', '--tenant', fabrikam.domain], {
    env: { AZURE_TENANT_ID: tenantId },
  })
  expect(out).toContain(`in ${fabrikam.displayName} (${fabrikam.id})`)
  const nowhere = await desk.pim(['list', '--tenant', 'contoso.example', '--provider', 'group'])
  expect(nowhere).toMatchObject({ code: 4, out: '' })
  expect(nowhere.err).toContain('not signed in to the tenant contoso.example')
  const nobody = await desk.pim([
    'list',
    '--account',
    'dora@fabrikam.example',
    '--provider',
    'group',
  ])
  expect(nobody).toMatchObject({ code: 4, out: '' })
  expect(nobody.err).toContain('dora@fabrikam.example is not signed in')
  const elsewhere = ['--account', alice, '--tenant', 'contoso.example', '--provider', 'group']
  const { code, err } = await desk.pim(['list', ...elsewhere])
  expect([code, err]).toEqual([4, expect.stringContaining(`${alice} is signed in to `)])
  expect(err).toContain(', not to contoso.example')
  expect(err).toContain(`\`pim login azure --tenant contoso.example --account ${alice}\``)
}, 120_000)

test('`pim login --list` shows the sign-ins where, the one in use first', async () => {
  const { desk } = await openTwoTenants()
  await using _ = desk
  expect(await desk.pim(['login', '--list'])).toMatchObject({
    code: 0,
    out: `${alice} in ${fabrikam.displayName} (${fabrikam.id})\n${alice} in Sandbox (${tenantId})\n`,
    err: '',
  })
  const { out } = await desk.pim(['login', '--list', '--json'])
  expect(JSON.parse(out)).toMatchObject({
    schema: 'pim.accounts/v1',
    accounts: [
      { name: alice, tenant: fabrikam.id, tenantName: fabrikam.displayName },
      { name: alice, tenant: tenantId, tenantName: 'Sandbox' },
    ],
  })
  // What a sign-in told of a tenant is a name to sign in with.
  expectDone(await desk.pim(['logout', '--tenant', 'Sandbox']))
  await desk.signIn('alice', '--tenant', fabrikam.displayName)
  const { out: left } = await desk.pim(['login', '--list'])
  expect(left).toBe(`${alice} in ${fabrikam.displayName} (${fabrikam.id})\n`)
  await desk.pim(['logout'])
  expect((await desk.pim(['login', '--list'])).err).toContain('Not signed in')
}, 120_000)

test('state files of the version before are read: held by whoever was signed in then', async () => {
  const { desk, other } = await openTwoTenants()
  await using _ = desk
  await elevate(desk, '--tenant', tenantId)
  makeFormer(join(desk.env['PIM_HOME'] ?? '', 'state', 'elevations'))
  expect(await statusOf(desk)).toEqual(heldIn(tenantId))
  expect((await desk.pim(['status', '--check', targets[2]])).code).toBe(1)
  sixMinutesLater(desk.tenant, other)
  expectDone(await desk.pim(['release', ...targets]))
  expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
  expect(other.requests).toEqual([])
  expect(desk.events().filter((event) => event === 'elevation.released')).toHaveLength(3)
  expect(await statusOf(desk)).toEqual([])
}, 120_000)

/** Makes of each file what the version before wrote: one for each target, without a holder. */
function makeFormer(folder: string): void {
  const names = readdirSync(folder)
  expect(names).toHaveLength(targets.length)
  for (const name of names) {
    const { identity: _, ...record } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    rmSync(join(folder, name))
    const former = join(folder, `${Buffer.from(String(record.target)).toString('hex')}.json`)
    writeFileSync(former, `${JSON.stringify(record)}\n`, { mode: 0o600 })
  }
}

test('a damaged state file is said, with exit code 6, and never passes for nothing active', async () => {
  const { desk } = await openTwoTenants()
  await using _ = desk
  await elevate(desk)
  const folder = join(desk.env['PIM_HOME'] ?? '', 'state', 'elevations')
  const damaged = join(folder, readdirSync(folder)[0] ?? '')
  writeFileSync(damaged, '{"id":', { mode: 0o600 })
  for (const words of [['status'], ['list'], ['release', '--all']]) {
    const { code, err } = await desk.pim(words)
    expect([words, code]).toEqual([words, 6])
    expect(err).toContain(`pim cannot read ${damaged}: it is damaged`)
    expect(err).not.toMatch(/nothing is active|No active elevations/)
  }
}, 120_000)
