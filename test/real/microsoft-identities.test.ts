import { describe, expect, test } from 'vitest'

import { tenantAlice, tenantBob, tenantId } from '../../sandbox/microsoft/seed/seed.ts'
import { installAz, personTokenScript } from './azure-cli.ts'
import {
  activeIn,
  addBobsRights,
  expectDone,
  kinds,
  openDesk,
  sixMinutesLater,
  statusOf,
  targets,
  type Desk,
} from './identities.ts'

const alice = tenantAlice.userPrincipalName
const bob = tenantBob.userPrincipalName
const allKinds = Object.values(kinds)
const held = (holder: string) =>
  targets.map((target) => ({ target, state: 'active', holder: `${holder} in ${tenantId}` }))
const rows = (...all: readonly ReturnType<typeof held>[]) =>
  all
    .flat()
    .toSorted((one, other) =>
      `${one.target}${one.holder}`.localeCompare(`${other.target}${other.holder}`),
    )

/** Alice has all three; then bob signs in on the same machine. */
async function openTwoPeople(): Promise<Desk> {
  const desk = await openDesk()
  addBobsRights(desk.tenant, tenantBob)
  await desk.signIn('alice')
  expectDone(await desk.pim(['elevate', ...targets, '-j', 'why', '--wait', 'active']))
  await desk.signIn('bob')
  return desk
}

const ended = (desk: Desk) => desk.events().filter((event) => event === 'elevation.released').length

describe('alice has three roles, and bob signs in', () => {
  test('a release after six minutes is hers, with her token', async () => {
    await using desk = await openTwoPeople()
    sixMinutesLater(desk.tenant)
    expectDone(await desk.pim(['release', ...targets]))
    expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
    const releases = desk.tenant.requests.filter(({ action }) => action === 'SelfDeactivate')
    expect(releases.map(({ principalId }) => principalId)).toEqual(
      allKinds.map(() => tenantAlice.id),
    )
    expect(ended(desk)).toBe(3)
    expect(await statusOf(desk)).toEqual([])
  }, 120_000)

  test('signed out, she is named; nothing is released, recorded or forgotten', async () => {
    await using desk = await openDesk()
    await desk.signIn('alice')
    expectDone(await desk.pim(['elevate', ...targets, '-j', 'why', '--wait', 'active']))
    expectDone(await desk.pim(['logout']))
    await desk.signIn('bob')
    sixMinutesLater(desk.tenant)
    for (const words of [
      ['release', ...targets],
      ['release', '--all'],
    ]) {
      const { code, err } = await desk.pim(words)
      expect(code).toBe(4)
      for (const target of targets) {
        expect(err).toContain(`${target}: ${alice} in Sandbox holds this and is not signed in`)
      }
      expect(err).toContain(
        `sign in as ${alice}: \`pim login azure --tenant ${tenantId} --account ${alice}\``,
      )
      expect(err).not.toContain('released')
    }
    for (const target of targets) {
      const { code, out, err } = await desk.pim(['status', '--check', target])
      expect([code, out]).toEqual([6, ''])
      expect(err).toContain(`${alice} in Sandbox holds this and is not signed in`)
    }
    expect((await desk.pim(['status', '--account', bob])).err).toContain(
      `not shown: 3 elevations of ${alice} in Sandbox`,
    )
    expect(activeIn(desk.tenant, tenantAlice)).toEqual(allKinds)
    expect(ended(desk)).toBe(0)
    expect(desk.events().filter((event) => event === 'elevation.release-failed')).toHaveLength(3)
    expect(await statusOf(desk)).toEqual(rows(held(alice)))
    // And once she is back, it is done.
    await desk.signIn('alice')
    expectDone(await desk.pim(['release', '--all']))
    expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
  }, 120_000)

  test('list and status --check never show her roles as his', async () => {
    await using desk = await openTwoPeople()
    const active = async (...flags: readonly string[]) => {
      const { out } = await desk.pim(['list', '--json', ...flags])
      const { targets: all } = JSON.parse(out) as { targets: { target: string; state?: string }[] }
      return all.filter(({ state }) => state === 'active').map(({ target }) => target)
    }
    for (const target of targets) {
      expect(await desk.pim(['status', '--check', target])).toMatchObject({ code: 1, out: '' })
      const own = await desk.pim(['status', '--check', target, '--account', alice])
      expect(own).toMatchObject({ code: 0, out: '' })
    }
    for (const flag of ['--refresh', '--active']) expect(await active(flag)).toEqual([])
    const { out: document, err } = await desk.pim(['list', '--active', '--json'])
    expect(JSON.parse(document)).toMatchObject({
      targets: [],
      notAsked: targets.map((target) => ({
        provider: target.split(':')[0],
        reason: 'other-account',
        identity: { name: alice },
        targets: [target],
      })),
    })
    expect(err).toContain(`not shown: 3 elevations of ${alice} in Sandbox`)
    expect(await active('--account', alice)).toEqual([...targets])
    // `status` knows of them, and says whose they are.
    expect(await statusOf(desk)).toEqual(rows(held(alice)))
    const { out } = await desk.pim(['status'])
    expect(out).toMatch(/HELD BY/)
    expect(out.match(new RegExp(`${alice} in Sandbox`, 'g'))).toHaveLength(3)
    expect(await statusOf(desk, '--account', bob)).toEqual([])
    expect((await desk.pim(['whoami'])).out).toContain(`${bob} in Sandbox`)
  }, 120_000)

  test('bob elevates to the same three, both stay known, and --all covers both', async () => {
    await using desk = await openTwoPeople()
    const answer = await desk.pim([
      'elevate',
      ...targets,
      '-j',
      'me too',
      '--wait',
      'active',
      '--json',
    ])
    const { elevations } = JSON.parse(answer.out) as { elevations: { changed: boolean }[] }
    expect([answer.code, elevations.map(({ changed }) => changed)]).toEqual([0, [true, true, true]])
    expect(await statusOf(desk)).toEqual(rows(held(alice), held(bob)))
    sixMinutesLater(desk.tenant)
    // By name it is his own; hers is said to be there.
    const [target] = targets
    const { code, err } = await desk.pim(['release', target])
    expect([code, err]).toEqual([0, expect.stringContaining(`${alice} in Sandbox also holds`)])
    expect(activeIn(desk.tenant, tenantBob)).toEqual(['entra', 'group'])
    expect(activeIn(desk.tenant, tenantAlice)).toEqual(allKinds)
    expectDone(await desk.pim(['release', '--all']))
    expect(activeIn(desk.tenant, tenantBob)).toEqual([])
    expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
    const deactivated = desk.tenant.requests.filter(({ action }) => action === 'SelfDeactivate')
    const callers = desk.tenant.calls.filter(({ operation }) => /deactivate/i.test(operation))
    expect(deactivated).toHaveLength(6)
    expect(new Set(callers.map(({ caller }) => caller))).not.toContain(undefined)
    expect(ended(desk)).toBe(6)
  }, 120_000)

  test('--all --account releases what that one holds, and nothing else', async () => {
    await using desk = await openTwoPeople()
    expectDone(await desk.pim(['elevate', ...targets, '-j', 'me too', '--wait', 'active']))
    expectDone(await desk.pim(['elevate', 'aws:sandbox-admin', '-j', 'why']))
    sixMinutesLater(desk.tenant)
    expectDone(await desk.pim(['release', '--all', '--account', alice]))
    expect(activeIn(desk.tenant, tenantAlice)).toEqual([])
    expect(activeIn(desk.tenant, tenantBob)).toEqual(allKinds)
    const left = (await statusOf(desk)).map(({ target }) => target)
    expect(left).toEqual(['aws:sandbox-admin', ...targets])
  }, 120_000)
})

test('a command that acts as two accounts says so', async () => {
  await using desk = await openDesk()
  addBobsRights(desk.tenant, tenantBob)
  const az = installAz(desk.folder)
  desk.tenant.signsIn = tenantAlice
  az.does(await personTokenScript(desk.tenant))
  await desk.signIn('bob')
  // What pim signed bob in with may not ask for Azure resource roles, so that az is used there.
  const noConsent = () =>
    desk.tenant.fail({
      surface: 'authority',
      operation: 'token',
      status: 400,
      body: {
        error: 'invalid_grant',
        error_description:
          'AADSTS65001: The user or administrator has not consented to use the application.',
        error_codes: [65001],
        suberror: 'consent_required',
      },
    })
  noConsent()
  const { code, err } = await desk.pim(['elevate', ...targets, '-j', 'why', '--wait', 'active'], {
    env: az.env,
  })
  expect([code, err]).toEqual([0, err])
  expect(err).toMatch(/this command uses two accounts: .*(alice|bob)@.* in Sandbox/)
  expect(activeIn(desk.tenant, tenantAlice)).toEqual(['azure'])
  expect(activeIn(desk.tenant, tenantBob)).toEqual(['entra', 'group'])
  // The token of az is kept, and goes on being used beside bob's.
  const { err: said } = await desk.pim(['list'], { env: az.env })
  expect(said).toContain(`azure: targets of ${alice} in Sandbox`)
  expect(said).toContain(`entra, group: targets of ${bob} in Sandbox`)
}, 120_000)

test('`pim logout --account` signs out that account and no other', async () => {
  await using desk = await openDesk()
  await desk.signIn('alice')
  await desk.signIn('bob')
  const nobody = await desk.pim(['logout', '--account', 'carol@sandbox.example'])
  expect(nobody.err).toContain('carol@sandbox.example was not signed in')
  const { err } = expectDone(await desk.pim(['logout', '--account', bob]))
  expect(err).toMatch(/^pim: signed out bob@sandbox\.example of tenant [^\n]+\n$/)
  const { accounts } = JSON.parse((await desk.pim(['login', '--list', '--json'])).out)
  expect(accounts).toMatchObject([{ name: alice }])
}, 120_000)
