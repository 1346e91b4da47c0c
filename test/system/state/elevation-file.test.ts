import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Elevation } from '../../../src/core/elevation/elevation.ts'
import { createElevationRecords } from '../../../src/system/state/elevation-file.ts'
import { elevation, hours, later } from '../../core/sample-elevations.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const word = 'aws:prod-admin'
const alice = { cloud: 'microsoft', tenant: 't-1', account: 'a-1', name: 'alice@example.com' }

function open() {
  const folder = join(temporaryFolder(), 'elevations')
  return { folder, records: createElevationRecords(folder), files: () => readdirSync(folder) }
}

const hex = (text: string): string => Buffer.from(text).toString('hex')

/** Writes a file as the version before did. */
function writeFormer(folder: string, name: string, record: object): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, name), `${JSON.stringify(record)}\n`, { mode: 0o600 })
}

/** What the version before wrote beside the target's name: it knew no holder. */
const former = (differences: Partial<Elevation> = {}): Elevation => {
  const { identity: _, ...rest } = elevation({ ...differences })
  return rest
}

describe('elevations of one target', () => {
  test('are kept side by side, the one asked for last first', async () => {
    const { records } = open()
    const first = elevation({ identity: alice })
    const second = elevation({ id: 'e2', requestedAt: later(hours(1)) })
    const other = elevation({ id: 'e3', target: 'aws:prod-admin-2' })
    for (const each of [first, second, other]) await records.put(each)
    expect(await records.of(word)).toMatchObject([second, first])
    expect(await records.of('aws:prod')).toEqual([])
    expect((await records.list()).map(({ id }) => id).toSorted()).toEqual(['e1', 'e2', 'e3'])
  })

  test('are replaced and forgotten one by one', async () => {
    const { records, files } = open()
    const first = elevation()
    const second = elevation({ id: 'e2' })
    for (const each of [first, second]) await records.put(each)
    await records.put({ ...first, state: 'scheduled' })
    expect(files()).toHaveLength(2)
    await records.remove(second)
    expect(await records.list()).toMatchObject([{ id: 'e1', state: 'scheduled' }])
    await records.remove(second)
    expect(files()).toHaveLength(1)
  })

  test('keep the failure of a release, with everything else', async () => {
    const { records } = open()
    const releaseFailure = { at: later(hours(1)), code: 'no-answer', message: 'no answer' }
    const whole = elevation({ identity: { ...alice, tenantName: 'Contoso' }, releaseFailure })
    await records.put(whole)
    expect(await records.list()).toMatchObject([whole])
  })

  test('whose name no file can bear are found all the same', async () => {
    const { records } = open()
    const target = `azure:${'payments/'.repeat(60)}Owner`
    const longer = `${target}s`
    await records.put(elevation({ target }))
    await records.put(elevation({ id: 'e2', target: longer }))
    expect(await records.of(target)).toMatchObject([{ id: 'e1', target }])
    expect(await records.of(longer)).toMatchObject([{ id: 'e2', target: longer }])
  })
})

describe('a file of the version before', () => {
  test.each([
    ['one for the target', `${hex(word)}.json`, 'active'],
    ['one of what is scheduled', `at-${hex('e1')}.json`, 'scheduled'],
  ] as const)('%s is read, and replaced by one of its own', async (_, name, state) => {
    const { folder, records, files } = open()
    writeFormer(folder, name, former({ state }))
    expect(await records.of(word)).toEqual([former({ state })])
    expect(await records.list()).toEqual([former({ state })])
    await records.put(former({ state, handedOut: ['env'] }))
    expect(files()).toEqual([`${hex(word)}.${hex('e1')}.json`])
    expect(await records.list()).toMatchObject([{ id: 'e1', handedOut: ['env'] }])
  })

  test('is removed with its elevation, and with no other', async () => {
    const { folder, records, files } = open()
    writeFormer(folder, `${hex(word)}.json`, former())
    await records.put(elevation({ id: 'e2' }))
    await records.remove({ id: 'e2', target: word })
    expect(files()).toEqual([`${hex(word)}.json`])
    await records.remove({ id: 'e1', target: word })
    expect(files()).toEqual([])
  })

  const place = { endpoints: { authority: 'https://login' }, tenant: 't-1' }
  const configurationOf = (...keys: string[]) => JSON.stringify(['graph', place, keys])
  const right = (differences: Partial<Elevation>): Elevation =>
    former({
      target: 'group:sec-ops',
      provider: 'group',
      actor: { user: 'alice', host: 'laptop', identity: 'alice@example.com' },
      facts: { groupId: 'g-1' },
      ...differences,
    })
  const held = async (record: Elevation) => {
    const { folder, records } = open()
    writeFormer(folder, `${hex(record.target)}.json`, record)
    return (await records.list())[0]?.identity
  }

  test('is held by the account that was in use, as its configuration tells', async () => {
    const configuration = configurationOf('https://login|t-1|a-1.t-1|client')
    expect(await held(right({ configuration }))).toEqual(alice)
  })

  test('is held by the guest that it was granted to, not by the account at home', async () => {
    const configuration = configurationOf('https://login|t-1|a-9.t-9|client')
    const facts = { groupId: 'g-1', principalId: 'a-1' }
    expect(await held(right({ configuration, facts }))).toEqual(alice)
  })

  test.each([
    ['of a tool beside pim', configurationOf('azure-cli 5f3a')],
    ['of nobody', configurationOf()],
    ['that is no list', '{}'],
    ['that is no JSON', 'same'],
  ])('tells nobody by a configuration %s', async (_, configuration) => {
    expect(await held(right({ configuration }))).toBeUndefined()
  })
})

describe('a file that cannot be read', () => {
  const broken: readonly (readonly [string, string])[] = [
    ['cut short', '{"id":"e1","target":"aws:prod-ad'],
    ['of another shape', '{"id":"e9","target":"aws:prod-admin"}'],
    ['empty', ''],
  ]

  test.each(broken)('%s is said, and does not pass for nothing', async (_, text) => {
    const { folder, records } = open()
    await records.put(elevation({ id: 'e2' }))
    writeFileSync(join(folder, `${hex(word)}.${hex('e1')}.json`), text, { mode: 0o600 })
    const damaged = { kind: 'unavailable', code: 'state-unreadable', exitCode: 6 }
    await expect(records.list()).rejects.toMatchObject(damaged)
    await expect(records.of(word)).rejects.toMatchObject(damaged)
    const { elevations, unreadable } = await records.read()
    expect(elevations).toMatchObject([{ id: 'e2' }])
    expect(unreadable).toMatchObject([damaged])
    expect(unreadable[0]?.message).toContain(`${hex(word)}.${hex('e1')}.json`)
    expect(await records.of('aws:other')).toEqual([])
  })

  test.skipIf(process.getuid?.() === 0)('a folder of another owner is said', async () => {
    const { folder, records } = open()
    await records.put(elevation())
    chmodSync(folder, 0o000)
    try {
      await expect(records.list()).rejects.toMatchObject({ code: 'state-unreadable', exitCode: 6 })
      await expect(records.read()).rejects.toMatchObject({ code: 'state-unreadable' })
    } finally {
      chmodSync(folder, 0o700)
    }
  })

  test('no folder at all is nothing', async () => {
    expect(await open().records.read()).toEqual({ elevations: [], unreadable: [] })
  })
})
