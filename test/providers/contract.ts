import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../../src/core/credentials.ts'
import { minutes } from '../../src/core/time/duration.ts'
import { PimError } from '../../src/core/errors.ts'
import type { Activation, Attempt, Provider } from '../../src/core/provider.ts'
import {
  formatTarget,
  matchTarget,
  parseTargetText,
  providerIds,
  type Target,
} from '../../src/core/target.ts'
import { elevation } from '../core/sample-elevations.ts'
import { anyText } from '../core/any-text.ts'

/** A provider with its cloud, for the running test. */
export interface ProviderRoom {
  readonly provider: Provider
  /** Activates for the asking. */
  readonly eligible: Target
  /** Is listed, and refused by the cloud. */
  readonly refused: Target
  readonly attempt: (target: Target, differences?: Partial<Attempt>) => Attempt
  /** Lets every call of the cloud fail from now on. */
  readonly breakCloud: () => void
  /** How often the cloud was called. */
  readonly calls: () => number
}

const never = new AbortController().signal
const anyTrue = [true, false, 'unknown']

/** What every provider must do, whatever its cloud. */
export function keepsTheContract(name: string, enter: () => Promise<ProviderRoom>): void {
  describe(`${name} keeps the contract of a provider:`, () => {
    listing(enter)
    activating(enter)
    handingOut(enter)
    failing(enter)
  })
}

function listing(enter: () => Promise<ProviderRoom>): void {
  test('its targets are its own, and each is found by its own text', async () => {
    const { provider } = await enter()
    expect(providerIds).toContain(provider.id)
    const targets = (await provider.discover(never)).targets
    expect(targets.length).toBeGreaterThan(0)
    for (const target of targets) {
      expect(target.provider).toBe(provider.id)
      expect(matchTarget(parseTargetText(formatTarget(target)), targets)).toBe(target)
    }
  })

  test('junk is located nowhere, and does not crash it', async () => {
    const { provider } = await enter()
    fc.assert(
      fc.property(anyText(), (path) => {
        expect(provider.locate(path, [])).toBeUndefined()
      }),
    )
  })

  test('the configuration is the same while nothing changes', async () => {
    const { provider } = await enter()
    expect(await provider.configuration()).toBe(await provider.configuration())
  })

  test('it says what a target demands, or that it does not know, and asks for nothing to be done', async () => {
    const { provider, eligible } = await enter()
    const { maxDuration, ...demands } = await provider.requirements(eligible, never)
    if (maxDuration !== 'unknown') expect(maxDuration.seconds).toBeGreaterThan(0)
    for (const key of ['justification', 'ticket', 'mfa', 'approval'] as const) {
      expect(anyTrue).toContain(demands[key])
    }
    expect(demands.mfa === true || demands.mfaDevices.length === 0).toBe(true)
  })
}

function activating(enter: () => Promise<ProviderRoom>): void {
  test('it knows a person by name', async () => {
    const { provider, eligible } = await enter()
    for (const who of [await provider.identify(eligible, never), await provider.whoAmI(never)]) {
      expect(who?.name).toMatch(/\S/)
      expect(who?.person).toMatch(/\S/)
    }
  })

  test('what it activates is active, ends as planned, and keeps its secrets', async () => {
    const { provider, eligible, attempt } = await enter()
    const before = Date.now()
    const activation = await provider.activate(attempt(eligible))
    const { startsAt, expiresAt, accessEndsAt, credentials, clockAheadMs } = activation
    expect(activation.state).toBe('active')
    const asked = attempt(eligible).plan.duration.seconds * 1000
    const lasts = expiresAt.getTime() - clockAheadMs - before
    expect(lasts).toBeGreaterThan(0)
    expect(lasts).toBeLessThanOrEqual(asked + minutes(1).seconds * 1000)
    expect(startsAt.getTime()).toBeLessThan(expiresAt.getTime())
    expect(accessEndsAt.getTime()).toBeGreaterThanOrEqual(expiresAt.getTime())
    if (provider.access === 'session') expect(credentials).toBeInstanceOf(Secret)
    else expect(credentials).toBeUndefined()
    const made = elevationOf(eligible, activation)
    expect(await provider.progress(made, never)).toMatchObject({ state: 'active' })
    expect(await provider.isEffective(made, credentials, never)).toBe(true)
  })

  test('what it says of an activation, and lends openly, holds nothing of its secrets', async () => {
    const { provider, eligible, attempt } = await enter()
    const activation = await provider.activate(attempt(eligible))
    const { set } = await provider.lend(elevationOf(eligible, activation), activation.credentials)
    const secrets = Object.values(set).flatMap((value) =>
      value instanceof Secret ? [value.reveal()] : [],
    )
    expect(secrets.length > 0).toBe(provider.access === 'session')
    const told = JSON.stringify({ ...activation, set })
    for (const secret of secrets) expect(told).not.toContain(secret)
  })
}

function handingOut(enter: () => Promise<ProviderRoom>): void {
  test('it names every secret variable that it lends, and takes away none of them', async () => {
    const { provider, eligible, attempt } = await enter()
    const activation = await provider.activate(attempt(eligible))
    const lent = await provider.lend(elevationOf(eligible, activation), activation.credentials)
    for (const [name, value] of Object.entries(lent.set)) {
      expect(lent.unset).not.toContain(name)
      if (value instanceof Secret) expect(provider.lentNames).toContain(name)
    }
  })

  test('credentials that are none are an error, and no crash', async () => {
    const { provider, eligible } = await enter()
    const junk = new Secret('{"junk":true}')
    expect(provider.credentialProcess === undefined).toBe(provider.access === 'grant')
    if (provider.access === 'grant') return
    await expect(async () => provider.lend(elevation(), junk)).rejects.toThrow(PimError)
    expect(() => provider.credentialProcess?.(junk)).toThrow(PimError)
    const made = elevation({ target: formatTarget(eligible) })
    await expect(provider.isEffective(made, junk, never)).rejects.toBeInstanceOf(PimError)
  })
}

function failing(enter: () => Promise<ProviderRoom>): void {
  test('a refusal is a refusal that names the target and what to do', async () => {
    const { provider, refused, attempt } = await enter()
    await expect(provider.activate(attempt(refused))).rejects.toMatchObject({
      kind: 'refused',
      target: formatTarget(refused),
      hint: expect.any(String),
    })
  })

  test('a cloud that fails is unavailable, after a bounded number of calls', async () => {
    const { provider, eligible, attempt, breakCloud, calls } = await enter()
    breakCloud()
    const broken = { kind: 'unavailable', exitCode: 6, target: formatTarget(eligible) }
    await expect(provider.activate(attempt(eligible))).rejects.toMatchObject(broken)
    await expect(provider.identify(eligible, never)).rejects.toMatchObject(broken)
    expect(calls()).toBeLessThanOrEqual(6)
  })

  test('an interruption ends it before the cloud is called', async () => {
    const { provider, eligible, attempt, calls } = await enter()
    const interrupted = attempt(eligible, { signal: AbortSignal.abort() })
    await expect(provider.activate(interrupted)).rejects.toMatchObject({ exitCode: 130 })
    await expect(provider.identify(eligible, AbortSignal.abort())).rejects.toMatchObject({
      exitCode: 130,
    })
    expect(calls()).toBe(0)
  })
}

function elevationOf(
  target: Target,
  { startsAt, expiresAt, facts, providerRequestId: id, clockAheadMs }: Activation,
) {
  const { provider, role, scope } = target
  const request = id === undefined ? {} : { providerRequestId: id }
  const made = { startsAt, expiresAt, facts, clockAheadMs, provider, role, scope, ...request }
  return elevation({ target: formatTarget(target), ...made })
}
