import { createAccounts, type Accounts } from './accounts.ts'
import { createHttp, type Http } from './http.ts'
import { createKept, type Kept } from './kept.ts'
import { placeOf, type Place } from './place.ts'
import type { MicrosoftDeps } from './surroundings.ts'
import { createTokenItems, type TokenItems } from './token-items.ts'

/** What one session stands on. Nothing of it is opened before it is used. */
export interface Ground extends MicrosoftDeps {
  readonly kept: Kept
  readonly accounts: Accounts
  readonly tokenItems: TokenItems
  readonly http: Http
  readonly place: () => Promise<Place>
  /** Runs one sign-in after the other, so that a person is asked for one at a time. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>
}

export function createGround(deps: MicrosoftDeps): Ground {
  const { env, sleep, settings, platform, now, stores, signInIndex, person } = deps
  const kept = createKept(deps)
  let placed: Promise<Place> | undefined
  return {
    env,
    sleep,
    settings,
    platform,
    now,
    stores,
    signInIndex,
    person,
    kept,
    accounts: createAccounts(signInIndex),
    tokenItems: createTokenItems(signInIndex),
    http: createHttp({ env, sleep }),
    place: () => (placed ??= settings().then(({ azure }) => placeOf(env, azure))),
    inTurn: oneAfterTheOther(),
  }
}

function oneAfterTheOther(): Ground['inTurn'] {
  let last: Promise<unknown> = Promise.resolve()
  return async (work) => {
    const mine = last.then(work, work)
    last = mine
    return mine
  }
}
