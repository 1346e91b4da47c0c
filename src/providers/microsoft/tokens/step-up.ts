import { asPimError, PimError } from '../../../core/errors.ts'
import { refusedAgain } from '../errors/challenge-reason.ts'
import { describe, encodedClaims, mayBeMetElsewhere, type Challenge } from './claims-challenge.ts'
import type { MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Shelf } from './token-cache.ts'
import { signInCommand, type TokenSource, type TokenWish } from './token-source.ts'
import { meets, type HeldToken } from './token.ts'

/** A challenge, and what met it. */
export interface StepUp {
  readonly wish: TokenWish & { readonly challenge: Challenge }
  readonly slot: string
  /** The token that did not do, where one was sent. */
  readonly used: HeldToken | undefined
}

export interface StepUpPlace {
  readonly source: TokenSource
  readonly shelf: Shelf
  readonly endpoints: MicrosoftEndpoints
  readonly mayBeAsked: boolean
}

/**
 * A token that meets a challenge: one that is held, one that comes without asking anybody, or one
 * for which a person signs in. It is kept. Throws `sign-in` (`step-up-needed`) where there is none.
 */
export async function stepUp(
  { wish, slot, used }: StepUp,
  place: StepUpPlace,
  signal: AbortSignal,
): Promise<HeldToken> {
  const { source, shelf, mayBeAsked } = place
  const held = heldFor(wish.challenge, slot, await shelf.fresh())
  if (held !== undefined && held.token.reveal() !== used?.token.reveal()) return held
  const hadIt = used !== undefined && slot !== '' && !wish.challenge.newToken
  const isRefused = hadIt && meets(used, wish.challenge)
  const silent = isRefused ? {} : await silently(wish, used, source, signal)
  const got =
    silent.token ??
    (mayBeAsked && source.ask !== undefined
      ? await asking(wish, place, source.ask, signal)
      : undefined)
  if (got !== undefined) {
    await shelf.put(slot, got)
    return got
  }
  // After `az login` that tool has another token, which must not lose to the one kept.
  if (source.ask === undefined) await shelf.clear()
  if (isRefused) throw refusedAgain(wish.challenge)
  await source.demand?.(wish.challenge.claims)
  // Any new token would do, and there is none: that is no matter of its strength.
  if (silent.trouble !== undefined && slot === '') throw silent.trouble
  throw stepUpNeeded(wish, place, used)
}

/** What is held already for a challenge. Only a newer token meets one that asks for that. */
export function heldFor(
  challenge: Challenge,
  slot: string,
  tokens: ReadonlyMap<string, HeldToken>,
): HeldToken | undefined {
  if (challenge.newToken) return undefined
  return tokens.get(slot) ?? [...tokens.values()].find((token) => meets(token, challenge))
}

interface Silent {
  readonly token?: HeldToken
  /** Why there was none, where that is known. */
  readonly trouble?: PimError
}

async function silently(
  wish: StepUp['wish'],
  used: HeldToken | undefined,
  source: TokenSource,
  signal: AbortSignal,
): Promise<Silent> {
  try {
    const fetched = await source.fetch(wish, signal)
    if (fetched.state === 'passed-over') return { trouble: fetched.why }
    const { token } = fetched
    const isAnother = token.token.reveal() !== used?.token.reveal()
    return isAnother && meets(token, wish.challenge) ? { token } : {}
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind !== 'sign-in') throw trouble
    return { trouble }
  }
}

async function asking(
  wish: StepUp['wish'],
  place: StepUpPlace,
  ask: NonNullable<TokenSource['ask']>,
  signal: AbortSignal,
): Promise<HeldToken> {
  try {
    return await ask(wish, signal)
  } catch (error) {
    if (asPimError(error).code !== 'no-browser') throw error
    await place.source.demand?.(wish.challenge.claims)
    throw stepUpNeeded(wish, { ...place, mayBeAsked: false }, undefined)
  }
}

function stepUpNeeded(
  { challenge, resource }: StepUp['wish'],
  { source, endpoints }: StepUpPlace,
  used: HeldToken | undefined,
): PimError {
  const { name, kind, signIn } = source
  const inTenant = signInCommand(source, used?.tenantId)
  const what = `this needs a browser sign-in ${describe(challenge)}`
  const scope = `${endpoints[resource]}/.default`
  const azLogin = `${inTenant} --scope ${scope} --claims-challenge "${encodedClaims(challenge)}"`
  const byCode = mayBeMetElsewhere(challenge)
    ? '`--device-code` signs in on another device'
    : 'a sign-in with `--device-code` does not do'
  const told: Readonly<Record<TokenSource['kind'], readonly [why: string, hint: string]>> = {
    account: [
      ', and there is nobody to ask or no browser here',
      `run \`${signIn}\` in a terminal on a machine with a browser, then try again; ${byCode}`,
    ],
    workload: [
      `, which ${name} cannot do`,
      'have a person do it, signed in with `pim login azure`',
    ],
    'azure-cli': [
      `, and the sign-in is that of ${name}`,
      `run \`az logout\` and \`${azLogin}\`, then try again`,
    ],
    'developer-cli': [
      `, and the sign-in is that of ${name}`,
      `run \`${inTenant}\`, or sign in with \`pim login azure\``,
    ],
  }
  const [why, hint] = told[kind]
  return new PimError('sign-in', 'step-up-needed', `${what}${why}`, { hint })
}
