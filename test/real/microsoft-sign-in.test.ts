import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { hours, seconds } from '../../src/core/time/duration.ts'
import { hasCommands, requirePart } from './parts.ts'
import { searchPath } from './pim.ts'
import { openSignedIn, openStand, saidBy, type Stand } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

/** All of them need the authentication context c1; two of them are ARM's, the others Graph's. */
const ofC1 = {
  owner: 'azure:payments-prod/rg-web/Owner',
  access: 'azure:payments-prod/User Access Administrator',
  privileged: 'entra:privileged-role-administrator',
  database: 'group:db-admins',
}
const quoted = (...targets: readonly string[]) => targets.map((name) => `"${name}"`).join(' ')

async function activeAt({ pim }: Stand): Promise<readonly string[]> {
  const { elevations } = JSON.parse((await pim(['status', '--json'])).out) as {
    elevations: { target: string; state: string }[]
  }
  return elevations.flatMap(({ target, state }) => (state === 'active' ? [target] : [])).toSorted()
}

/** Runs lines one after the other in a terminal of its own; each has to end with its code. */
async function inTerminal(
  stand: Stand,
  steps: readonly (readonly [line: string, code: number])[],
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(stand.folder, 'terminal-'))
  const terminal = new Terminal({ ...stand, folder })
  const screens: string[] = []
  try {
    for (const [line, code] of steps) {
      terminal.run(line)
      screens.push(await terminal.exits(code))
    }
  } finally {
    terminal.close()
  }
  return screens
}

const needsC1 = 'this needs a browser sign-in that meets the authentication context c1'
const announced = 'sign in to Microsoft in the browser that has opened'

describe.skipIf(!hasTmux).concurrent('in a terminal', () => {
  test('one sign-in serves every role of an authentication context, whatever its API, and later ones', async () => {
    await using stand = await openSignedIn()
    const { owner, access, privileged, database } = ofC1
    const [first = ''] = await inTerminal(stand, [
      [`pim elevate ${quoted(owner, access, privileged)} -j why --wait active`, 0],
    ])
    const before = stand.tokenRequests()
    const [second = ''] = await inTerminal(stand, [
      [`pim elevate ${database} -j why --wait active`, 0],
    ])
    expect(stand.tokenRequests()).toBe(before)
    expect(first.split(announced)).toHaveLength(2)
    expect(second).not.toContain(announced)
    expect(stand.tenant.signIns).toBe(2)
    expect(stand.visits().map(({ claims }) => claims)).toMatchObject([
      capable({}),
      capable({ acrs: { essential: true, value: 'c1' } }),
    ])
    expect(await activeAt(stand)).toEqual(Object.values(ofC1).toSorted())
  })

  test('one sign-in brings the second factor for every role that asks for it', async () => {
    await using stand = await openSignedIn()
    const targets = ['azure:payments-dev/Queue Operator', 'entra:security-reader']
    await inTerminal(stand, [[`pim elevate ${quoted(...targets)} -j why --wait active`, 0]])
    expect(stand.tenant.signIns).toBe(2)
    expect(stand.visits().at(-1)?.claims).toMatchObject(capable({ amr: { values: ['mfa'] } }))
    expect(await activeAt(stand)).toEqual(targets)
  })

  test('what a step-up brought outlives that its tokens are revoked', async () => {
    await using stand = await openSignedIn()
    const { tenant } = stand
    await inTerminal(stand, [[`pim elevate ${ofC1.privileged} -j why --wait active`, 0]])
    tenant.revokeTokens()
    await inTerminal(stand, [
      [`pim elevate ${quoted(ofC1.access, ofC1.database)} -j why --wait active`, 0],
    ])
    expect(tenant.signIns).toBe(2)
  })

  test('a sign-in by device code meets no authentication context, a browser does', async () => {
    await using stand = await openStand()
    const { code, err } = await stand.pim(['login', 'azure', '--device-code'])
    expect(code).toBe(0)
    expect(err).toContain('cannot satisfy an authentication context')
    const step = `pim elevate ${ofC1.database} -j why --wait active`
    const [refused] = await inTerminal(stand, [
      [`(unset BROWSER; ${step})`, 4],
      [step, 0],
    ])
    expect(refused).toContain(needsC1)
    expect(refused).toContain('a sign-in with `--device-code` does not do')
    expect(stand.tenant.signIns).toBe(2)
    expect(stand.visits()).toHaveLength(1)
  })
})

/** What claims ask of the access token, with what pim says of itself every time. */
function capable(wanted: object) {
  return { access_token: { ...wanted, xms_cc: { values: ['cp1'] } } }
}

describe.concurrent('with nobody to ask', () => {
  const words = ['elevate', ofC1.owner, '-j', 'why']
  const line = `pim elevate ${quoted(ofC1.owner)} -j why`

  /** Signed in, but with browsers that leave a trace. */
  async function openTrapped() {
    const stand = await openSignedIn()
    const opened = join(stand.folder, 'opened')
    const trap = join(stand.folder, 'trap')
    mkdirSync(trap)
    for (const name of ['browser', 'xdg-open', 'open']) {
      writeFileSync(join(trap, name), `#!/bin/sh\necho "$@" >> '${opened}'\n`, { mode: 0o755 })
    }
    const env = { ...stand.env, BROWSER: join(trap, 'browser'), PATH: `${trap}:${searchPath}` }
    return { ...stand, env, wasOpened: () => existsSync(opened) }
  }

  const expectRefusal = (stand: Stand & { wasOpened: () => boolean }, err: string) => {
    expect(saidBy({ err })).toEqual([
      `pim: error: ${ofC1.owner}: ${needsC1}, and there is nobody to ask or no browser here`,
      expect.stringMatching(
        /^pim: hint: run `pim login azure` in a terminal on a machine with a browser/,
      ),
    ])
    expect([stand.wasOpened(), stand.visits().length, stand.tenant.signIns]).toEqual([false, 1, 1])
    expect(stand.tenant.requests).toEqual([])
    expect(stand.events()).toEqual(['elevation.requested', 'elevation.failed'])
    expect(stand.records().at(-1)).toMatchObject({ error: { code: 'step-up-needed' } })
  }

  test.each([
    ['without a terminal', [], {}],
    ['under CI', [], { CI: 'true' }],
    ['with --no-input', ['--no-input'], {}],
    ['without a browser', [], { BROWSER: undefined }],
  ])('a step-up is refused at once: %s', async (_, more, env) => {
    await using stand = await openTrapped()
    const ended = await stand.pim([...words, ...more], { env: { ...stand.env, ...env } })
    expect([ended.code, ended.milliseconds < 60_000]).toEqual([4, true])
    expect(ended.err).not.toContain(announced)
    expectRefusal(stand, ended.err)
  })

  test.skipIf(!hasTmux).each([
    ['CI', `CI=true; export CI; ${line}`],
    ['--no-input', `${line} --no-input`],
    ['PIM_NO_INPUT', `PIM_NO_INPUT=1 ${line}`],
    ['no browser and no display', `(unset BROWSER DISPLAY WAYLAND_DISPLAY; ${line})`],
  ])('in a terminal too: %s', async (_, typed) => {
    await using stand = await openTrapped()
    const [screen = ''] = await inTerminal(stand, [[typed, 4]])
    expectRefusal(stand, screen)
  })
})

test('a device code is shown on stderr, whatever else is not', async () => {
  await using stand = await openStand()
  for (const flag of ['--verbose', '--quiet', '--json']) {
    const { code, out, err } = await stand.pim(['login', 'azure', '--device-code', flag])
    expect([flag, code]).toEqual([flag, 0])
    expect(err).toMatch(
      /^pim: enter the code [0-9A-F]{9} at https:\/\/localhost:\d+\/devicelogin$/m,
    )
    expect(out === '').toBe(flag !== '--json')
  }
  expect([stand.tenant.signIns, stand.visits()]).toEqual([3, []])
})

describe.concurrent('what was revoked', () => {
  const targets = ['azure:payments-prod/Contributor', 'entra:user-administrator']

  test('tokens: the next command gets others without asking anybody', async () => {
    await using stand = await openSignedIn()
    await stand.pim(['list'])
    stand.tenant.revokeTokens()
    const { code } = await stand.pim(['elevate', ...targets, '-j', 'why'])
    expect([code, stand.tenant.signIns]).toEqual([0, 1])
    expect(await activeAt(stand)).toEqual(targets)
    const before = stand.tokenRequests()
    expect((await stand.pim(['list', '--refresh'])).code).toBe(0)
    expect(stand.tokenRequests()).toBe(before)
  })

  const words = ['elevate', 'entra:user-administrator', '-j', 'why']

  /** A stand where nobody gets a token any more without signing in again. */
  async function openRevoked(how: string): Promise<Stand> {
    const stand = await openSignedIn(how === 'expired' ? seconds(1) : hours(1))
    if (how === 'expired') await sleep(1100)
    else stand.tenant.revokeTokens()
    stand.tenant.tokenLifetime = hours(1)
    stand.tenant.revokeSignIns()
    return stand
  }

  test.each(['expired', 'revoked too'])(
    'the sign-in, with tokens %s: nobody is signed in until somebody signs in again',
    async (how) => {
      await using stand = await openRevoked(how)
      const { code, milliseconds } = await stand.pim(words)
      expect([code, milliseconds < 60_000]).toEqual([4, true])
      expect(stand.visits()).toHaveLength(1)
      expect((await stand.pim(['login', 'azure'])).code).toBe(0)
      expect((await stand.pim(words)).code).toBe(0)
    },
  )

  const expectToNameLogin = async (how: string) => {
    await using stand = await openRevoked(how)
    expect(saidBy(await stand.pim(words)).join('\n')).toContain('`pim login azure`')
  }

  test('the sign-in, with tokens expired: the error names `pim login azure`', () =>
    expectToNameLogin('expired'))

  test('the sign-in, with tokens revoked too: the error names `pim login azure`', () =>
    expectToNameLogin('revoked too'))
})
