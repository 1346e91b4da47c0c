import { after } from '../../src/core/time/duration.ts'
import type { Identity } from '../../src/core/identity/identity.ts'
import type {
  Activation,
  Attempt,
  Progress,
  Provider,
  Release,
  Standing,
} from '../../src/core/provider.ts'
import { target } from '../core/sample-elevations.ts'
import { activation, createWorld, request, type World } from './harness.ts'

/** A cloud that gives rights: what it lists, what it answers, and what it was asked. */
export interface Grants {
  readonly world: World
  provider: Provider
  readonly attempts: Attempt[]
  /** What is active there, whoever activated it. */
  standing: Standing | undefined
  /** The state that an activation is answered with. */
  answer: Activation['state']
  /** What `progress` says next, in order; the last goes on for ever. */
  progress: (Progress | Error)[]
  /** Whether it works, as `progress`. */
  works: boolean[]
  release: (Release | Error)[]
}

export const ops = target('sec-ops', { provider: 'group', role: 'member', scope: 'g-1' })

export const askForOps = (differences: Partial<Parameters<typeof request>[0]> = {}) =>
  request({ target: ops, ...differences })

/** A world whose groups are given as rights. */
export function createGrants(): Grants {
  const world = createWorld()
  const { cloud } = world
  const grants: Grants = {
    world: {
      ...world,
      deps: { ...world.deps, provider: async () => grants.provider, newId: () => newId(grants) },
    },
    attempts: [],
    standing: undefined,
    answer: 'active',
    progress: [{ state: 'active' }],
    works: [true],
    release: [{ state: 'released' }],
    provider: {
      ...withoutCredentials(cloud.provider),
      id: 'group',
      access: 'grant',
      identities: async () => ({ identities: [person], troubles: [] }),
      discover: async () => ({
        targets: [ops],
        active: grants.standing === undefined ? [] : [grants.standing],
        troubles: [],
      }),
      current: async () => grants.standing,
      activate: async (attempt) => {
        grants.attempts.push(attempt)
        const { credentials: _, ...granted } = activation(attempt, world.deps.now())
        return { ...granted, state: grants.answer, facts: { groupId: 'g-1' } }
      },
      progress: async () => {
        const next = takeNext(grants.progress)
        if (next instanceof Error) throw next
        return next
      },
      isEffective: async () => takeNext(grants.works),
      release: async () => {
        const next = takeNext(grants.release)
        if (next instanceof Error) throw next
        return next
      },
      lend: () => ({ set: {}, unset: [] }),
      lentNames: [],
    },
  }
  return grants
}

/** Who is in use in these worlds. */
export const person: Identity = {
  cloud: 'aws',
  tenant: '1',
  account: 'user/alice',
  name: 'user/alice',
}

/** A provider as somebody else. */
export function as(identity: Identity, provider: Provider): Provider {
  const who = { identity, name: identity.name, person: 'alice', account: identity.tenant }
  return {
    ...provider,
    identify: async () => who,
    whoAmI: async () => who,
    identities: async () => ({ identities: [identity], troubles: [] }),
  }
}

function withoutCredentials(provider: Provider): Provider {
  const { credentialProcess, ...rest } = provider
  return credentialProcess === undefined ? provider : rest
}

function takeNext<Item>(items: Item[]): Item {
  const [next] = items
  if (next === undefined) throw new Error('nothing is left to answer')
  if (items.length > 1) items.shift()
  return next
}

let count = 0
function newId({ attempts }: Grants): string {
  count += 1
  return `g${attempts.length + 1}-${count}`
}

/** Active at the provider from the world's now on, for so long. */
export function standingFor(world: World, span: { readonly seconds: number }): Standing {
  const startsAt = world.deps.now()
  return {
    path: ops.path,
    startsAt,
    expiresAt: after(startsAt, span),
    facts: { groupId: 'g-1', scheduleId: 's-1' },
  }
}
