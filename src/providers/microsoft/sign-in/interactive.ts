import type { AuthenticationResult } from '@azure/msal-node'
import type { Secret } from '../../../core/credentials.ts'
import { interrupted, PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import type { Challenge } from '../tokens/claims-challenge.ts'
import {
  heldToken,
  passingCache,
  withApplication,
  type SignInMeans,
  type SignInPlace,
} from './msal.ts'
import { notSignedInPage, signedInPage } from './browser-pages.ts'
import type { Person } from '../deps.ts'
import type { HeldToken } from '../tokens/token.ts'

/** What a person is to sign in for. */
export interface SignInRequest {
  readonly place: SignInPlace
  readonly scopes: readonly string[]
  readonly challenge?: Challenge
  /** Who it has to be. */
  readonly username?: string
}

/** Who signed in, the token asked for, and what the library wants kept. */
export interface SignedIn {
  readonly homeAccountId: string
  readonly token: HeldToken
  readonly cache: Secret
}

export interface SignInDeps extends SignInMeans {
  readonly person: Person
}

/** As long as a person takes to find a second factor. */
const limitMs = 5 * 60_000

/**
 * Signs a person in through the browser: authorisation code with PKCE, its answer taken on a
 * loopback address. Throws `sign-in` where it does not come about in five minutes.
 */
export async function signInByBrowser(
  request: SignInRequest,
  deps: SignInDeps,
  signal: AbortSignal,
): Promise<SignedIn> {
  const { scopes, challenge, username } = request
  const done = new AbortController()
  return inTime(signal, (ending) =>
    signIn(request, deps, ending, (application) =>
      application.acquireTokenInteractive({
        scopes: [...scopes],
        openBrowser: async (url) => {
          ending.addEventListener('abort', () => void giveUp(url), { signal: done.signal })
          ending.throwIfAborted()
          await deps.person.openBrowser(url)
          deps.person.say('sign in to Microsoft in the browser that has opened')
        },
        successTemplate: signedInPage,
        errorTemplate: notSignedInPage,
        ...(challenge !== undefined && { claims: challenge.claims }),
        ...(username === undefined ? { prompt: 'select_account' } : { loginHint: username }),
      }),
    ).finally(() => done.abort()),
  )
}

/**
 * Signs a person in on another device. Such a sign-in meets no authentication context but Azure's own for
 * multi-factor authentication, and many a tenant refuses it.
 */
export async function signInByDeviceCode(
  request: SignInRequest,
  deps: SignInDeps,
  signal: AbortSignal,
): Promise<SignedIn> {
  const { person } = deps
  return inTime(signal, (ending) =>
    signIn(request, deps, ending, (application) => {
      const wish = {
        scopes: [...request.scopes],
        ...(request.challenge !== undefined && { claims: request.challenge.claims }),
        deviceCodeCallback: (code: { userCode: string; verificationUri: string }) => {
          const { userCode, verificationUri } = code
          person.show(
            `enter the code ${printable(String(userCode))} at ${printable(String(verificationUri))}`,
          )
        },
        timeout: limitMs / 1000,
        cancel: false,
      }
      ending.addEventListener('abort', () => void (wish.cancel = true), { once: true })
      return application.acquireTokenByDeviceCode(wish)
    }),
  )
}

async function inTime<Result>(
  signal: AbortSignal,
  work: (ending: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = AbortSignal.timeout(limitMs)
  const ending = AbortSignal.any([signal, limit])
  try {
    return await Promise.race([work(ending), whenAborted(ending)])
  } catch (error) {
    if (signal.aborted) throw interrupted(error)
    if (!limit.aborted) throw error
    throw new PimError('sign-in', 'sign-in-timeout', 'no sign-in within five minutes', {
      hint: 'try again; `--device-code` signs in on another device',
      cause: error,
    })
  }
}

/** The library may be waiting for its next turn, and hears of nothing until then. */
function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(interrupted(signal.reason))
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
  })
}

async function signIn(
  { place }: SignInRequest,
  deps: SignInDeps,
  signal: AbortSignal,
  ask: (
    application: Parameters<Parameters<typeof withApplication>[4]>[0],
  ) => Promise<AuthenticationResult | null>,
): Promise<SignedIn> {
  signal.throwIfAborted()
  const cache = passingCache()
  const result = await withApplication(place, deps, cache.plugin, signal, ask)
  const token = heldToken(result, deps.now())
  return {
    homeAccountId: result?.account?.homeAccountId ?? `${token.objectId}.${token.tenantId}`,
    token,
    cache: cache.serialized(),
  }
}

/** The library waits for the answer without an end: whoever gives up answers in the browser's place. */
async function giveUp(url: string): Promise<void> {
  const query = new URL(url).searchParams
  const { port } = new URL(query.get('redirect_uri') ?? '')
  const body = new URLSearchParams({ error: 'access_denied', state: query.get('state') ?? '' })
  await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body }).catch(() => undefined)
}
