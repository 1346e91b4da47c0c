import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { formatIdentity, identityKey, type Identity } from '../../../src/core/identity/identity.ts'
import type { LoadProvider, Provider } from '../../../src/core/provider.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { everythingActive } from '../../../src/flows/release/all-active.ts'
import { providerOfHolder } from '../../../src/flows/track/holder.ts'
import { release } from '../../../src/flows/release/release.ts'
import type { RunAsDeps } from '../../../src/flows/use/run-as.ts'
import { hours, minutes } from '../../core/sample-elevations.ts'
import { as, askForOps, createGrants, ops, person, standingFor, type Grants } from '../grants.ts'
import { reconcileAll } from '../records.ts'

const word = 'group:sec-ops'
const alice: Identity = { ...person, tenantName: 'Contoso' }
const bob: Identity = { ...person, account: 'user/bob', name: 'user/bob' }
const inFabrikam: Identity = { ...person, tenant: '2', account: 'user/alice-2' }

/** One machine: several identities are signed in, one of them is in use, each has rights of its own. */
function machine() {
  const grants = createGrants()
  const rights = new Map<string, Grants>()
  const state = { inUse: alice, signedIn: [alice, bob, inFabrikam], asked: [] as string[] }
  const rightsOf = (identity: Identity): Grants => {
    const own = rights.get(identityKey(identity)) ?? createGrants()
    rights.set(identityKey(identity), own)
    return own
  }
  const bound = (identity: Identity): Provider => {
    const asked = <Result>(what: string, answer: () => Result): Result => {
      if (!state.signedIn.some((each) => identityKey(each) === identityKey(identity))) {
        const message = `${formatIdentity(identity)} holds this and is not signed in`
        throw new PimError('sign-in', 'other-identity', message)
      }
      state.asked.push(`${what} as ${identity.account}`)
      return answer()
    }
    const own = as(identity, rightsOf(identity).provider)
    return {
      ...own,
      identities: async () => ({ identities: state.signedIn, troubles: [] }),
      discover: async (signal) => asked('discover', () => own.discover(signal)),
      activate: async (attempt) => asked('activate', () => own.activate(attempt)),
      progress: async (elevation, signal) =>
        asked('progress', () => own.progress(elevation, signal)),
      release: async (elevation, signal) => asked('release', () => own.release(elevation, signal)),
    }
  }
  const none = { ...grants.provider, access: 'session' as const, isSetUp: async () => false }
  const provider: LoadProvider = async (id, identity) =>
    id === 'group' ? bound(identity ?? state.inUse) : none
  const deps: RunAsDeps = { ...grants.world.deps, provider }
  return { state, deps, rightsOf, world: grants.world }
}

describe('an elevation of another account', () => {
  test('is released as the account that holds it, and as no other', async () => {
    const { state, deps } = machine()
    const { elevation } = await elevate(askForOps(), deps)
    state.inUse = bob
    state.asked.length = 0
    expect(await release(elevation, deps)).toMatchObject({ state: 'released' })
    expect(state.asked).toEqual(['release as user/alice'])
  })

  test('is refused, and neither forgotten nor recorded as released, while that one is signed out', async () => {
    const { state, deps, world } = machine()
    const { elevation } = await elevate(askForOps(), deps)
    state.inUse = bob
    state.signedIn = [bob]
    state.asked.length = 0
    for (let time = 0; time < 3; time += 1) {
      await expect(release(elevation, deps)).rejects.toMatchObject({
        exitCode: 4,
        code: 'other-identity',
        message: 'user/alice in Contoso holds this and is not signed in',
        target: word,
      })
    }
    expect(state.asked).toEqual([])
    expect(await deps.records.of(word)).toMatchObject([
      { id: elevation.id, state: 'active', releaseFailure: { code: 'other-identity' } },
    ])
    expect(await world.events()).toEqual([
      'elevation.requested',
      'elevation.active',
      'elevation.release-failed',
    ])
  })

  test.each([
    ['another account', bob],
    ['the same name in another tenant', inFabrikam],
  ])('does not hinder %s, and both stay known', async (_, other) => {
    const { state, deps } = machine()
    const first = await elevate(askForOps(), deps)
    state.inUse = other
    const second = await elevate(askForOps(), deps)
    expect(second.changed).toBe(true)
    const holders = (await deps.records.of(word)).map(({ id, identity }) => [id, identity?.account])
    expect(new Map(holders.map(([id = '', account]) => [id, account]))).toEqual(
      new Map([
        [first.elevation.id, 'user/alice'],
        [second.elevation.id, other.account],
      ]),
    )
    await release(second.elevation, deps)
    expect(await deps.records.of(word)).toMatchObject([{ id: first.elevation.id, state: 'active' }])
  })

  test('is asked about as its holder, whoever is in use', async () => {
    const { state, deps, world, rightsOf } = machine()
    await elevate(askForOps(), deps)
    state.inUse = bob
    world.advance(minutes(5))
    rightsOf(bob).progress = [{ state: 'denied' }]
    expect(await reconcileAll(deps)).toMatchObject([{ elevation: { state: 'active' } }])
    expect(state.asked.at(-1)).toBe('progress as user/alice')
  })
})

describe('everything that is active', () => {
  test('is that of every identity that is signed in, also what was activated elsewhere', async () => {
    const { state, deps, rightsOf, world } = machine()
    await elevate(askForOps(), deps)
    rightsOf(inFabrikam).standing = standingFor(world, hours(1))
    state.inUse = bob
    const { elevations, troubles } = await everythingActive(deps)
    expect(troubles.filter(({ provider }) => provider === 'group')).toEqual([])
    expect(elevations.map(({ target, identity }) => [target, identity?.account])).toEqual([
      [word, 'user/alice'],
      [`group:${ops.path}`, 'user/alice-2'],
    ])
  })

  test('holds what the provider lists after its remembered end, as where it was extended elsewhere', async () => {
    const { deps, world, rightsOf, state } = machine()
    const { elevation } = await elevate(askForOps(), deps)
    world.advance(hours(2))
    rightsOf(state.inUse).standing = standingFor(world, hours(1))
    const { elevations } = await everythingActive(deps)
    expect(elevations).toMatchObject([
      { id: elevation.id, expiresAt: rightsOf(state.inUse).standing?.expiresAt },
    ])
  })

  test('names the identity that cannot be asked, and hides nothing that is known', async () => {
    const { deps, rightsOf } = machine()
    await elevate(askForOps(), deps)
    const { provider } = rightsOf(bob)
    const down = async () => Promise.reject(new PimError('unavailable', 'no-answer', 'no answer'))
    rightsOf(bob).provider = { ...provider, discover: down }
    const { elevations, troubles } = await everythingActive(deps)
    expect(elevations).toHaveLength(1)
    expect(troubles).toMatchObject([
      { provider: 'group', identity: bob, error: { code: 'no-answer' } },
    ])
  })
})

describe('an elevation that says nothing of its holder', () => {
  test.each([
    ['is asked about as who is in use, where the configuration is the same', 'same', true],
    ['is refused where it is another', 'another', false],
  ])('%s', async (_, configuration, isKnown) => {
    const { deps } = machine()
    const { elevation } = await elevate(askForOps(), deps)
    const { identity: _identity, ...former } = { ...elevation, configuration }
    const found = providerOfHolder(former, deps)
    if (isKnown) expect((await found).id).toBe('group')
    else
      await expect(found).rejects.toMatchObject({
        code: 'unknown-holder',
        exitCode: 4,
        target: word,
      })
  })
})
