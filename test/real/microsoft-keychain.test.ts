import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { describe, expect, test } from 'vitest'

import { minutes, seconds } from '../../src/core/time/duration.ts'
import { hasKeyring, start, unlock } from './keyring-lines.ts'
import { expectSearchToWork, filesWith } from './leaks.ts'
import { hasCommands, requirePart } from './parts.ts'
import { until } from './pim.ts'
import { inSession } from './session.ts'
import {
  filesWithTokens,
  openSignedIn,
  openStand,
  saidBy,
  tokensIn,
  type Stand,
} from './fixture.ts'

/** One of the tests needs a terminal. */
const hasParts = hasKeyring && requirePart('script', () => hasCommands('script'))

const search = 'secret-tool search --all --unlock service pim-cli 2>&1'
const elevate = 'pim elevate entra:user-administrator -j why'

/** Where pim and the person's own programs may leave something. */
const placesOf = ({ env }: Stand) => [env['PIM_HOME'] ?? '', env['HOME'] ?? '']

/** Looking must find what is there, or finding nothing would mean nothing. */
function expectTokenSearchToWork(folder: string, tokens: readonly string[]): void {
  for (const token of tokens) {
    const path = join(folder, 'planted')
    writeFileSync(path, `{"token":"${token}"}`)
    expect(filesWithTokens(folder)).toEqual([path])
    writeFileSync(path, '')
  }
}

async function expectNoTokenOnDisk(stand: Stand, tokens: readonly string[]): Promise<void> {
  const cache = join(stand.env['HOME'] ?? '', '.cache')
  await until('the keyring has ended', () => readdirSync(cache).length === 0)
  expectSearchToWork(stand.folder)
  expect(filesWith(tokens, stand.folder)).toEqual([])
  for (const place of placesOf(stand)) {
    expectTokenSearchToWork(place, tokens)
    expect(filesWithTokens(place)).toEqual([])
  }
}

describe.skipIf(!hasParts)('with an unlocked gnome-keyring', () => {
  test('tokens lie there and nowhere else, serve the next process, and go with `pim logout`', async () => {
    await using stand = await openStand()
    const parts = await inSession(
      [
        unlock,
        'pim -v login azure || exit',
        'pim list --json || exit',
        'for again in 1 2 3; do pim list --refresh -q >/dev/null || exit; done',
        `echo "=== kept"; ${search}`,
        'pim logout',
        `echo "=== left"; ${search}`,
      ],
      { cloud: stand },
    )
    expect([parts.code, saidBy(parts)]).toEqual([0, []])
    expect(parts.err).toContain('credentials are kept in: keychain')
    const [listed = '', kept = '', left = ''] = parts.out.split(/^=== \w+$/m)
    expect(JSON.parse(listed)).toMatchObject({ errors: [] })

    // One for Graph at the sign-in, one for ARM at the first list, and none for the three after it.
    expect(stand.tokenRequests()).toBe(2)
    const { access, refresh } = tokensIn(kept)
    expect([access.length >= 2, refresh.length >= 1]).toEqual([true, true])
    expect(tokensIn(left)).toEqual({ access: [], refresh: [] })
    await expectNoTokenOnDisk(stand, [...access, ...refresh])
    expect(readdirSync(join(stand.env['PIM_HOME'] ?? '', 'state'))).not.toContain('store')
  })

  test('what a step-up brought lies there too', async () => {
    await using stand = await openStand()
    // `script` is the terminal in which somebody may be asked.
    const stepUp = 'pim elevate group:db-admins -j why --wait active'
    const { out } = await inSession(
      [
        unlock,
        'pim login azure || exit',
        `script -qec '"$NODE" "$PIM" ${stepUp.slice(4)}' /dev/null || exit`,
        'pim elevate entra:privileged-role-administrator -j why --wait active',
        'echo "elevated: $?"',
        search,
      ],
      { cloud: stand },
    )
    // Without a terminal: the token that was kept had met the context.
    expect(out).toContain('elevated: 0')
    expect(stand.tenant.signIns).toBe(2)
    const { access, refresh } = tokensIn(out)
    expect(access.map(contextsOf)).toContainEqual(['c1'])
    await expectNoTokenOnDisk(stand, [...access, ...refresh])
  })
})

function contextsOf(token: string): unknown {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()).acrs
}

/** A stand where alice signed in while the keychain was unlocked; it is locked in a session of later. */
async function openLocked() {
  const stand = await openStand()
  await inSession([unlock, 'pim login azure'], { cloud: stand })
  const attempt = async (line: string) => {
    const ended = await inSession([start, line], {
      cloud: stand,
      env: { PIM_CREDENTIAL_STORE: 'keychain' },
      limitSeconds: 60,
    })
    expect([line, ended.signal, ended.milliseconds < 28_000]).toEqual([line, null, true])
    return ended
  }
  return { stand, attempt }
}

describe.skipIf(!hasKeyring).concurrent('with a gnome-keyring that is locked', () => {
  test('`pim login azure` says so before a browser opens', async () => {
    const { stand: opened, attempt } = await openLocked()
    await using stand = opened
    const ended = await attempt('pim login azure')
    expect(ended.code).toBe(6)
    expect(saidBy(ended)).toEqual([
      'pim: error: cannot use the keychain (Secret Service): it is locked',
      expect.stringContaining('hint: unlock it'),
    ])
    expect([stand.visits().length, stand.tokenRequests()]).toEqual([1, 1])
  })

  test('what needs a token ends at once with 6, asks nobody, and works again when it is unlocked', async () => {
    const { stand: opened, attempt } = await openLocked()
    await using stand = opened
    for (const line of [elevate, 'pim list --refresh', 'pim whoami']) {
      const { code } = await attempt(line)
      expect([line, code]).toEqual([line, 6])
    }
    expect([stand.visits().length, stand.tokenRequests()]).toEqual([1, 1])
    expect((await inSession([unlock, elevate], { cloud: stand })).code).toBe(0)
    expect(stand.visits()).toHaveLength(1)
  })

  test('what needs a token says that the keychain is locked', async () => {
    const { stand: opened, attempt } = await openLocked()
    await using stand = opened
    const said = saidBy(await attempt(elevate)).join('\n')
    expect([said, stand.visits().length]).toEqual([expect.stringContaining('locked'), 1])
  })

  test('`pim logout` does not claim that what it cannot reach is gone', async () => {
    const { stand: opened, attempt } = await openLocked()
    await using stand = opened
    const { code } = await attempt('pim logout')
    const { out } = await inSession([unlock, search], { cloud: stand })
    expect(code === 0 && tokensIn(out).refresh.length > 0).toBe(false)
  })
})

test('20 lists at once, whose tokens have expired, all renew them, and the sign-in outlives it', async () => {
  await using stand = await openSignedIn(seconds(1))
  const { tenant } = stand
  expect((await stand.pim(['list'])).code).toBe(0)
  await sleep(1100)
  tenant.tokenLifetime = minutes(75)
  const before = stand.tokenRequests()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => stand.pim(['list', '--refresh', '--json'])),
  )
  expect(answers.map(({ code, err }) => [code, err])).toEqual(answers.map(() => [0, '']))
  expect(new Set(answers.map(({ out }) => targetsIn(out))).size).toBe(1)
  const count = stand.tokenRequests() - before
  console.log(`20 lists at once asked for tokens ${count} times`)
  expect(count).toBeLessThanOrEqual(40)

  // None of those kept is good any more, so the refresh token must be.
  tenant.revokeTokens()
  const { code, out } = await stand.pim(['list', '--refresh', '--json'])
  expect([code, targetsIn(out)]).toEqual([0, targetsIn(answers[0]?.out ?? '')])
  expect(tenant.signIns).toBe(1)
})

const targetsIn = (out: string) =>
  (JSON.parse(out) as { targets: { target: string }[] }).targets
    .map(({ target }) => target)
    .toSorted()
    .join('\n')
