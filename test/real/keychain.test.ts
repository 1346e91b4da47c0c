import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, onTestFinished, test, vi } from 'vitest'

import { temporaryFolder } from '../system/temporary-folder.ts'
import type { Step } from './keychain-child.ts'
import { child, inSession, parse, run, script } from './keychain-runs.ts'
import { hasKeyring, start, unlock } from './keyring-lines.ts'
import { hasCommands, requirePart } from './parts.ts'

vi.setConfig({ testTimeout: 30_000 })

const pim = '"$NODE" "$CHILD" "$SCRIPT"'

const key = 'aws:prod-admin'
const write: Step = ['write', key, 'a value']
const read: Step = ['read', key]
const remove: Step = ['remove', key]

describe.skipIf(!hasKeyring)('gnome-keyring', () => {
  test('finds at a glance what another process keeps, and nothing else', async () => {
    const home = temporaryFolder()
    await inSession([unlock, pim], home, script({ steps: [write, ['write', 'other', 'x']] }))
    const steps: Step[] = [
      ['glance', key],
      ['glance', 'missing'],
    ]
    const { outcomes } = await inSession([unlock, pim], home, script({ steps }))
    expect(outcomes.map(({ value, message }) => message ?? value)).toEqual(['a value', undefined])
  })

  test('keeps, gives back and removes', async () => {
    const steps: Step[] = [read, write, read, ['write', key, 'another'], read, remove, remove, read]
    const { outcomes } = await inSession([unlock, pim], temporaryFolder(), script({ steps }))
    expect(outcomes.map(({ value, message }) => message ?? value)).toEqual([
      undefined,
      undefined,
      'a value',
      undefined,
      'another',
      true,
      false,
      undefined,
    ])
  })

  test('shows the item to `secret-tool`', async () => {
    const lookup = `secret-tool lookup service pim-cli username ${key}`
    const given = script({ steps: [write] })
    const { rest } = await inSession([unlock, pim, lookup], temporaryFolder(), given)
    expect(rest.trim()).toBe('plain:a value')
  })

  test('is chosen, and keeps nothing of the trial', async () => {
    const search = 'secret-tool search --all service pim-cli 2>&1'
    const given = script({
      steps: [
        ['choose', 'auto'],
        ['choose', 'keychain'],
      ],
    })
    const { outcomes, rest } = await inSession([unlock, pim, search], temporaryFolder(), given)
    expect(outcomes.map(({ value }) => value)).toEqual(['keychain', 'keychain'])
    expect(rest.trim()).toBe('')
  })

  test('keeps the key of a value over the limit, which is sealed', async () => {
    const stateFolder = temporaryFolder()
    const large = 'é€😀'.repeat(10_000)
    const steps: Step[] = [['write', key, large], read]
    const sealed = await inSession(
      [unlock, pim],
      temporaryFolder(),
      script({ stateFolder, steps: [...steps, ['write', key, `${large}!`], read] }),
    )
    expect(sealed.outcomes.map(({ value }) => value)).toEqual([
      undefined,
      large,
      undefined,
      `${large}!`,
    ])
    expect(readdirSync(join(stateFolder, 'sealed'))).toHaveLength(1)
  })

  test('that is locked and has nobody to ask is an error, soon', async () => {
    const home = temporaryFolder()
    await inSession([unlock, pim], home, script({ steps: [write] }))
    const steps: Step[] = [read, write, remove, ['choose', 'keychain']]
    const { outcomes, isStuck } = await inSession([start, pim], home, script({ steps }))
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ code: 'store-unavailable' })
      expect(outcome.message).toContain('it is locked')
      expect(outcome.milliseconds).toBeLessThan(30_000)
    }
    expect(isStuck).toBe(false)
  })

  test('without any keyring is an error, soon', async () => {
    const { outcomes } = await inSession(
      [start, pim],
      temporaryFolder(),
      script({ steps: [write] }),
    )
    expect(outcomes[0]?.message).toContain('no default keyring')
  })
})

const hasBlackHole =
  hasKeyring && requirePart('dbus-test-tool', () => hasCommands('dbus-test-tool'))

describe.skipIf(!hasBlackHole)('a desktop that does not answer', () => {
  const blackHole = (name: string) =>
    `dbus-test-tool black-hole --session --name=${name} >/dev/null 2>&1 & hole=$!; sleep 0.3`

  test('as Secret Service is an error within its limit', async () => {
    const lines = [blackHole('org.freedesktop.secrets'), pim, 'kill $hole']
    const { outcomes } = await inSession(lines, temporaryFolder(), script({ steps: [read] }))
    expect(outcomes[0]).toMatchObject({ code: 'store-unavailable' })
    expect(outcomes[0]?.message).toContain('does not answer')
    expect(outcomes[0]?.milliseconds).toBeLessThan(30_000)
  })

  test('as prompt for the password is given up, asked once, and the process ends', async () => {
    const home = temporaryFolder()
    await inSession([unlock, pim], home, script({ steps: [write] }))
    const lines = [start, blackHole('org.gnome.keyring.SystemPrompter'), pim, 'kill $hole']
    const given = script({ timeoutSeconds: 1, steps: [read, read] })
    const { outcomes, isStuck } = await inSession(lines, home, given)
    expect(outcomes.map(({ code }) => code)).toEqual(['store-unavailable', 'store-unavailable'])
    expect(outcomes[0]?.message).toContain('did not answer within 1 s')
    expect(outcomes[1]?.milliseconds).toBeLessThan(100)
    expect(isStuck).toBe(true)
  })
})

describe.skipIf(process.platform !== 'linux')('a session bus', () => {
  test('that accepts and never answers is an error, soon', async () => {
    const path = join(temporaryFolder(), 'bus')
    const sockets: Socket[] = []
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})))
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` }
    const steps: Step[] = [read, ['glance', 'aws:prod']]
    const answer = await run(process.execPath, [child, script({ steps })], env)
    expect(answer.error).toBeNull()
    const [outcome, glanced] = parse(answer.stdout, answer.stderr).outcomes
    expect(outcome?.message).toContain('does not answer')
    expect(outcome?.milliseconds).toBeLessThan(3000)
    expect(glanced?.message).toContain('did not answer within 5 s')
    expect(glanced?.milliseconds).toBeLessThan(7000)
  })

  test('that is absent is an error at once', async () => {
    const answer = await run(process.execPath, [child, script({ steps: [read] })], {})
    const [outcome] = parse(answer.stdout, answer.stderr).outcomes
    expect(outcome?.message).toContain('there is no D-Bus session bus')
    expect(outcome?.milliseconds).toBeLessThan(500)
  })
})

const hasKernelKeyring =
  process.platform === 'linux' &&
  requirePart('kernel-keyring', () => {
    const folder = mkdtempSync(join(tmpdir(), 'pim-test-'))
    const key = `probe-${process.pid}`
    const steps: Step[] = [
      ['write', key, 'x'],
      ['remove', key],
    ]
    const probe = { store: 'keyring', stateFolder: folder, timeoutSeconds: 5, steps }
    writeFileSync(join(folder, 'script.json'), JSON.stringify(probe))
    const options = { encoding: 'utf8', timeout: 10_000 } as const
    const { stdout } = spawnSync(process.execPath, [child, join(folder, 'script.json')], options)
    rmSync(folder, { recursive: true })
    return stdout.includes('"outcomes"') && !stdout.includes('"code"')
  })

describe.skipIf(!hasKernelKeyring)('the kernel’s keyring', () => {
  test('keeps for another process, gives back and removes, sealing what is large', async () => {
    const stateFolder = temporaryFolder()
    const unique = `test-${process.pid}`
    const large = 'x'.repeat(5000)
    const first: Step[] = [
      ['write', unique, 'small'],
      ['write', unique, large],
      ['read', unique],
    ]
    const second: Step[] = [
      ['read', unique],
      ['remove', unique],
      ['read', unique],
    ]
    const values = async (steps: readonly Step[]) => {
      const given = script({ store: 'keyring', stateFolder, steps })
      const { stdout, stderr } = await run(process.execPath, [child, given], {})
      return parse(stdout, stderr).outcomes.map(({ value, message }) => message ?? value)
    }
    expect(await values(first)).toEqual([undefined, undefined, large])
    expect(await values(second)).toEqual([large, true, undefined])
    expect(readdirSync(join(stateFolder, 'sealed'))).toEqual([])
  })
})
