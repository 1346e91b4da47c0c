import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { installAz, personTokenScript } from './azure-cli.ts'
import { openSignedIn, openStand, type Stand } from './fixture.ts'

/** The items of the encrypted file store. */
function itemsIn({ env }: Stand): readonly string[] {
  const folder = join(env['PIM_HOME'] ?? '', 'state', 'store')
  return existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'header.json') : []
}

function signInsIn({ env }: Stand): unknown {
  return JSON.parse(readFileSync(join(env['PIM_HOME'] ?? '', 'state', 'sign-ins.json'), 'utf8'))
}

async function leftoversOf({ pim }: Stand, env = {}): Promise<readonly string[]> {
  const { out } = await pim(['doctor', '--json'], { env })
  const { checks } = JSON.parse(out) as { checks: { id: string; message: string }[] }
  return checks.filter(({ id }) => id.endsWith('.leftovers')).map(({ message }) => message)
}

const role = 'entra:user-administrator'

describe.concurrent('pim logout', () => {
  test('removes the tokens of other endpoints, of earlier sign-ins of az, and its own', async () => {
    await using stand = await openStand()
    const before = itemsIn(stand)
    const az = installAz(stand.folder)
    az.does(await personTokenScript(stand.tenant))
    const list = (env = {}) => stand.pim(['list', '--refresh'], { env: { ...az.env, ...env } })
    await list()
    const once = itemsIn(stand).length
    az.signsIn('somebody else')
    await list()
    const twice = itemsIn(stand).length
    expect((await stand.pim(['login', 'azure'])).code).toBe(0)
    await list()
    // The same server by another name is another endpoint, and another cloud by another authority.
    const graph = stand.tenant.endpoints.graph.replace('127.0.0.1', 'localhost')
    await list({ PIM_GRAPH_ENDPOINT: graph })
    expect([once > before.length, twice > once]).toEqual([true, true])
    expect((await stand.pim(['logout'])).code).toBe(0)
    expect(itemsIn(stand)).toEqual(before)
    expect(signInsIn(stand)).toEqual({ accounts: [], items: [] })
  })

  test('removes what is in a store that is not chosen any more, when it can be opened', async () => {
    await using stand = await openSignedIn()
    const held = itemsIn(stand).length
    expect(held).toBeGreaterThan(0)
    // Renewed while another store is chosen, the sign-in stays where it was put.
    stand.tenant.revokeTokens()
    const memory = { PIM_CREDENTIAL_STORE: 'memory' }
    await stand.pim(['list', '--refresh'], { env: memory })
    expect((await stand.pim(['logout'], { env: memory })).code).toBe(0)
    expect(itemsIn(stand)).toEqual([])
  })

  test('names what stays active, and what it takes to release it', async () => {
    await using stand = await openSignedIn()
    await stand.pim(['elevate', role, '-j', 'why', '--wait', 'active'])
    const { code, out, err } = await stand.pim(['logout', '--json'])
    expect(code).toBe(0)
    expect(err).toContain(`${role} stays active until `)
    expect(err).toContain('to release it, sign in again with `pim login azure')
    expect(JSON.parse(out)).toMatchObject({ active: [{ target: role, state: 'active' }] })
    const who = await stand.pim(['whoami', '--provider', 'entra'])
    expect([who.code, who.out]).toEqual([
      0,
      expect.stringContaining('entra: not signed in (`pim login azure`)'),
    ])
    expect((await stand.pim(['whoami'])).out).toContain('azure, entra, group: not signed in')
  })

  test('with nothing active names nothing', async () => {
    await using stand = await openSignedIn()
    const { err } = await stand.pim(['logout'])
    expect(err).toMatch(/^pim: signed out alice@sandbox\.example of tenant [^\n]+\n$/)
  })

  test('of one tenant leaves the others', async () => {
    await using stand = await openSignedIn()
    const { err } = await stand.pim(['logout', '--tenant', 'other.example'])
    expect(err).toContain('nobody was signed in to tenant other.example')
    expect((await stand.pim(['elevate', role, '-j', 'why', '--wait', 'active'])).code).toBe(0)
    expect(stand.tenant.signIns).toBe(1)
  })
})

describe.concurrent('pim doctor', () => {
  test('finds items that nothing refers to, and no others', async () => {
    await using stand = await openSignedIn()
    await stand.pim(['elevate', role, 'aws:sandbox-admin', '-j', 'why', '--wait', 'active'])
    await stand.pim(['list', '--refresh'])
    expect(await leftoversOf(stand)).toEqual([])
    // As if a process had been killed between the item and the note of it.
    const { rmSync } = await import('node:fs')
    rmSync(join(stand.env['PIM_HOME'] ?? '', 'state', 'sign-ins.json'))
    const [message = ''] = await leftoversOf(stand)
    expect(message).toMatch(/^\d+ items? that nothing in this PIM_HOME refers to: /)
    expect(message).toContain(join('state', 'store'))
  })
})
