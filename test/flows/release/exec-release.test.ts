import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import type { Elevation } from '../../../src/core/elevation/elevation.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { releaseLater, resumeReleases } from '../../../src/flows/release/release-later.ts'
import { helperOf } from '../../../src/flows/release/release.ts'
import { runAs, type RunAsDeps } from '../../../src/flows/use/run-as.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { seconds } from '../../core/sample-elevations.ts'
import { approvalsOf, requestOf } from '../approve/scripted-approvals.ts'
import { askForOps, createGrants, type Grants } from '../grants.ts'
import { remembered } from '../records.ts'

const word = 'group:sec-ops'
const command = { file: 'deploy', args: [] }
const limit: WaitLimit = { wait: 'active', timeout: { seconds: 60 }, approval: { seconds: 0 } }
const busy = () => new PimError('unavailable', 'provider-error', 'Microsoft answers 503')
const possibleAt = new Date('2026-03-01T12:05:00Z')
const tooEarly = { state: 'not-yet', possibleAt, why: 'too short' } as const

function exec(grants: Grants, differences: Partial<RunAsDeps> = {}, request = askForOps()) {
  const deps: RunAsDeps = {
    ...grants.world.deps,
    runChild: async () => ({ exitCode: 7 }),
    ...differences,
  }
  return runAs([request], command, { keep: false, limit }, deps)
}

const failures = async ({ world }: Grants) =>
  (await world.audit()).filter(({ event }) => event === 'elevation.release-failed')
const isHandedOver = ({ world }: Grants) => world.told.includes(`${word} is handed over`)

describe('a release after a command', () => {
  test('that meets a failure of the provider is tried again', async () => {
    const grants = createGrants()
    grants.release = [busy(), { state: 'released' }]
    expect(await exec(grants)).toEqual({ exitCode: 7, notReleased: [] })
    expect(await remembered(grants.world.deps, word)).toBeUndefined()
    expect((await grants.world.events()).at(-1)).toBe('elevation.released')
    expect(isHandedOver(grants)).toBe(false)
  })

  test('that goes on failing is left to a helper, on record once, and is shown', async () => {
    const grants = createGrants()
    grants.release = [busy()]
    const ran = await exec(grants)
    expect(ran).toMatchObject({
      exitCode: 7,
      notReleased: [{ code: 'provider-error', target: word }],
    })
    expect(isHandedOver(grants)).toBe(true)
    expect(await remembered(grants.world.deps, word)).toMatchObject({
      state: 'active',
      untilUnused: true,
      releaseFailure: { code: 'provider-error', message: 'Microsoft answers 503' },
    })
    expect(await failures(grants)).toMatchObject([
      { target: word, code: 'provider-error', reason: 'Microsoft answers 503' },
    ])
    expect(await grants.world.events()).not.toContain('elevation.released')
    expect(grants.world.told.at(-1)).toBe(
      `${word}: not released: Microsoft answers 503; a background helper tries again`,
    )
  })

  test('for which no helper can be started says what to type', async () => {
    const grants = createGrants()
    grants.release = [busy()]
    await exec(grants, { handOver: () => Promise.reject(new Error('no processes')) })
    expect(grants.world.told.at(-1)).toContain(`run \`pim release ${word}\``)
  })

  test('whose wait is interrupted is left to a helper', async () => {
    const grants = createGrants()
    grants.release = [tooEarly]
    const stop = new AbortController()
    const sleep: RunAsDeps['sleep'] = async (_, signal) => {
      stop.abort()
      if (signal.aborted) throw new PimError('interrupted', 'interrupted', 'interrupted')
    }
    const ran = await exec(grants, { isAttended: false, signal: stop.signal, sleep })
    expect(ran).toMatchObject({ exitCode: 7, notReleased: [{ kind: 'interrupted' }] })
    expect(isHandedOver(grants)).toBe(true)
    expect(await remembered(grants.world.deps, word)).toMatchObject({ state: 'active' })
    // It was not refused: it only was not waited for.
    expect(await failures(grants)).toEqual([])
  })

  test('does not hide why the command did not run', async () => {
    const grants = createGrants()
    grants.release = [busy()]
    const runChild = () => Promise.reject(new PimError('usage', 'command-not-found', 'no'))
    await expect(exec(grants, { runChild })).rejects.toMatchObject({ code: 'command-not-found' })
    expect(isHandedOver(grants)).toBe(true)
    expect(await failures(grants)).toHaveLength(1)
  })
})

describe('a request that waits for an approver when exec gives up', () => {
  /** One that is pending, and what of it was withdrawn. */
  function pending(withdraw?: () => Promise<void>) {
    const grants = createGrants()
    const withdrawn: string[] = []
    const approvals = approvalsOf([requestOf()], withdrawn)
    grants.answer = 'pending-approval'
    grants.progress = [{ state: 'pending-approval' }]
    grants.provider = {
      ...grants.provider,
      approvals: withdraw === undefined ? approvals : { ...approvals, withdraw },
    }
    return { grants, withdrawn }
  }

  test('is cancelled, and on record as that', async () => {
    const { grants, withdrawn } = pending()
    await expect(exec(grants)).rejects.toMatchObject({ exitCode: 5 })
    expect(withdrawn).toEqual(['r-1'])
    expect(await remembered(grants.world.deps, word)).toBeUndefined()
    expect((await grants.world.events()).at(-1)).toBe('elevation.canceled')
  })

  test('stays where it was asked for before, by another command', async () => {
    const { grants, withdrawn } = pending()
    await elevate(askForOps(), grants.world.deps)
    await expect(exec(grants)).rejects.toMatchObject({ exitCode: 5 })
    expect(withdrawn).toEqual([])
    expect(await remembered(grants.world.deps, word)).toMatchObject({ state: 'pending-approval' })
  })

  test('that cannot be cancelled is remembered, to be released once it is active', async () => {
    const { grants } = pending(() => Promise.reject(busy()))
    await expect(exec(grants)).rejects.toMatchObject({ exitCode: 5 })
    const left = await remembered(grants.world.deps, word)
    expect(left).toMatchObject({ state: 'pending-approval', untilUnused: true })
    expect(isHandedOver(grants)).toBe(true)
    // Bob approves it an hour after exec has ended.
    grants.progress = [{ state: 'pending-approval' }, { state: 'active' }]
    await releaseLater(word, left?.id ?? '', grants.world.deps)
    expect(await remembered(grants.world.deps, word)).toBeUndefined()
    expect((await grants.world.events()).slice(-2)).toEqual([
      'elevation.active',
      'elevation.released',
    ])
  })

  test('that is denied meanwhile is waited for no longer', async () => {
    const { grants } = pending(() => Promise.reject(busy()))
    await exec(grants).catch(() => undefined)
    const left = await remembered(grants.world.deps, word)
    grants.progress = [{ state: 'pending-approval' }, { state: 'denied' }]
    await releaseLater(word, left?.id ?? '', grants.world.deps)
    expect((await grants.world.events()).at(-1)).toBe('elevation.denied')
  })
})

describe('what a command that was killed has left', () => {
  async function left() {
    const grants = createGrants()
    const { elevation } = await elevate(askForOps({ untilUnused: true }), grants.world.deps)
    grants.world.advance(seconds(30))
    const started: string[] = []
    const resume = (all: readonly Elevation[]) =>
      resumeReleases(all, {
        ...grants.world.deps,
        handOver: async ({ id }) => void started.push(id),
      })
    return { grants, elevation, started, resume }
  }

  test('is left to a helper that is started now', async () => {
    const { elevation, started, resume } = await left()
    expect(await resume([elevation])).toMatchObject([{ id: elevation.id }])
    expect(started).toEqual([elevation.id])
  })

  test('is not, while a helper is at work or a command uses it', async () => {
    const { grants, elevation, started, resume } = await left()
    for (const name of [helperOf(elevation.id), elevation.id]) {
      const use = await grants.world.deps.uses.begin(name)
      expect(await resume([elevation])).toEqual([])
      await use.end()
    }
    expect(started).toEqual([])
  })

  test('is not what stays, nor what a command has asked for a moment ago', async () => {
    const { grants, elevation, started, resume } = await left()
    const { untilUnused: _, ...staying } = elevation
    const young = { ...elevation, requestedAt: grants.world.deps.now() }
    expect(await resume([staying, young])).toEqual([])
    expect(started).toEqual([])
  })
})
