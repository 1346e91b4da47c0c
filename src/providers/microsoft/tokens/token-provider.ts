import { PimError } from '../../../core/errors.ts'
import { slotOf, type Challenge } from './claims-challenge.ts'
import type { Resource } from '../http/client.ts'
import type { MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Shelf } from './token-cache.ts'
import { heldFor, stepUp } from './step-up.ts'
import type { TokenSource } from './token-source.ts'
import type { HeldToken } from './token.ts'

/** A token, and where it is from. */
export interface Supplied {
  readonly token: HeldToken
  readonly source: TokenSource
}

/** The tokens for ARM or for Graph. Whoever asks at the same time shares one request and one sign-in. */
export interface TokenSupply {
  /** Throws `sign-in` where nobody is signed in, or where a challenge cannot be met. */
  readonly get: (challenge: Challenge | undefined, signal: AbortSignal) => Promise<Supplied>
  /** A token of this moment, which knows the roles of this moment. */
  readonly renew: (signal: AbortSignal) => Promise<Supplied>
  /** A token in place of one that was not accepted. */
  readonly answer: (challenge: Challenge, used: Supplied, signal: AbortSignal) => Promise<Supplied>
}

export interface SupplyDeps {
  readonly resource: Resource
  readonly endpoints: MicrosoftEndpoints
  readonly now: () => Date
  readonly mayBeAsked: () => boolean
  /** In the order in which they are tried. */
  readonly sources: () => Promise<readonly TokenSource[]>
  readonly shelf: (source: TokenSource) => Promise<Shelf>
  /** Whether a token is of the identity that is meant; one of another is never sent. */
  readonly mayUse: (token: HeldToken) => boolean
  /** What to say where none of them has a token. */
  readonly nobody: (passedOver: readonly PimError[]) => Promise<PimError>
  /** Runs one sign-in after the other, so that a person is asked for one at a time. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
}

/** Whose tokens they are, once that is settled, and those that are held. */
interface Settled {
  readonly source: TokenSource
  readonly shelf: Shelf
}

export function createSupply(deps: SupplyDeps): TokenSupply {
  const settling = shared<Settled>()
  const fetching = shared<HeldToken>()
  let settled: Settled | undefined
  let owner: string | undefined
  const settle = async (signal: AbortSignal): Promise<Settled> =>
    (settled ??= await settling('source', () => findSource(deps, signal)))
  /** Ids that one identity was asked for must not be sent with the token of another. */
  const supplied = (token: HeldToken, { source }: Settled): Supplied => {
    owner ??= ownerOf(token)
    if (!deps.mayUse(token) || ownerOf(token) !== owner) throw signedInOtherwise(source)
    return { token, source }
  }
  const plain = (from: Settled, signal: AbortSignal): Promise<HeldToken> =>
    fetching('plain', () => fetchPlain(from, deps, signal))
  const met: Meet = (challenge, used, from, signal) =>
    fetching(`step-up ${slotOf(challenge)}`, () => meet(challenge, used, from, deps, signal))
  return {
    get: async (challenge, signal) => {
      const from = await settle(signal)
      const tokens = await from.shelf.fresh()
      const token =
        challenge === undefined
          ? (latest(tokens) ?? (await plain(from, signal)))
          : (heldFor(challenge, slotOf(challenge), tokens) ??
            (await met(challenge, undefined, from, signal)))
      return supplied(token, from)
    },
    renew: async (signal) => {
      const before = deps.now()
      const from = await settle(signal)
      // Settling may just have fetched one.
      const held = latest(await from.shelf.fresh())
      const isNew = held !== undefined && held.obtainedAt > before
      return supplied(isNew ? held : await plain(from, signal), from)
    },
    answer: async (challenge, used, signal) => {
      const from = await settle(signal)
      return supplied(await met(challenge, used.token, from, signal), from)
    },
  }
}

function ownerOf({ tenantId, objectId }: HeldToken): string {
  return `${tenantId}|${objectId}`
}

function signedInOtherwise({ name }: TokenSource): PimError {
  return new PimError(
    'sign-in',
    'identity-changed',
    `${name} was signed in as another account while pim was at work`,
    { hint: 'nothing more was asked for; run the command again' },
  )
}

/** A token that is kept decides before any source is asked, which may take its time. */
async function findSource(deps: SupplyDeps, signal: AbortSignal): Promise<Settled> {
  const { resource } = deps
  const sources = await deps.sources()
  const candidates = await Promise.all(
    sources.map(async (source) => ({ source, shelf: await deps.shelf(source) })),
  )
  for (const candidate of candidates) {
    const held = latest(await candidate.shelf.fresh())
    if (held !== undefined && deps.mayUse(held)) return candidate
  }
  const passedOver: PimError[] = []
  for (const candidate of candidates) {
    const fetched = await candidate.source.fetch({ resource }, signal)
    if (fetched.state === 'passed-over') passedOver.push(fetched.why)
    else if (deps.mayUse(fetched.token)) {
      await candidate.shelf.put('', fetched.token)
      return candidate
    }
  }
  throw await deps.nobody(passedOver)
}

async function fetchPlain(
  { source, shelf }: Settled,
  { resource }: SupplyDeps,
  signal: AbortSignal,
): Promise<HeldToken> {
  const fetched = await source.fetch({ resource }, signal)
  if (fetched.state === 'passed-over') throw fetched.why
  await shelf.put('', fetched.token)
  return fetched.token
}

type Meet = (
  challenge: Challenge,
  used: HeldToken | undefined,
  from: Settled,
  signal: AbortSignal,
) => Promise<HeldToken>

function meet(
  challenge: Challenge,
  used: HeldToken | undefined,
  { source, shelf }: Settled,
  { resource, endpoints, inTurn, mayBeAsked }: SupplyDeps,
  signal: AbortSignal,
): Promise<HeldToken> {
  return inTurn(() =>
    stepUp(
      { wish: { resource, challenge }, slot: slotOf(challenge), used },
      { source, shelf, endpoints, mayBeAsked: mayBeAsked() },
      signal,
    ),
  )
}

/**
 * Of those held, the one that was got last: what a step-up brought, unless a newer one was asked
 * for since.
 */
function latest(tokens: ReadonlyMap<string, HeldToken>): HeldToken | undefined {
  return [...tokens.values()].toSorted(
    (one, other) => other.obtainedAt.getTime() - one.obtainedAt.getTime(),
  )[0]
}

/** Who asks for the same while it is under way gets the same. */
function shared<Result>(): (what: string, work: () => Promise<Result>) => Promise<Result> {
  const underWay = new Map<string, Promise<Result>>()
  return async (what, work) => {
    const before = underWay.get(what)
    if (before !== undefined) return before
    const started = work()
    underWay.set(what, started)
    try {
      return await started
    } finally {
      underWay.delete(what)
    }
  }
}
