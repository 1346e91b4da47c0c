import { createAccounts, type Accounts } from './accounts.ts'
import { createHttp, type Http } from '../http/http.ts'
import { createKept, type Kept } from '../tokens/secret-storage.ts'
import { inTenant, placeOf, type Place } from './tenant-and-client.ts'
import type { MicrosoftDeps } from '../deps.ts'
import { createTokenItems, type TokenItems } from '../session/stored-tokens.ts'

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
  const { choice, identity } = deps
  const kept = createKept(deps)
  const accounts = createAccounts(signInIndex)
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
    tokenItems: createTokenItems(signInIndex),
    accounts,
    ...(choice !== undefined && { choice }),
    ...(identity !== undefined && { identity }),
    http: createHttp({ env, sleep }),
    place: () =>
      (placed ??= settings().then(async ({ azure }) => {
        const usual = placeOf(env, azure)
        const tenant = identity?.tenant ?? choice?.tenant
        return tenant === undefined ? usual : inTenant(usual, tenant, await accounts.list())
      })),
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
