import type { Requirements } from '../../../core/elevation/requirements.ts'
import { PimError } from '../../../core/errors.ts'
import { readPage } from './paging.ts'

/** Which of Microsoft's two APIs. */
export type Resource = 'arm' | 'graph'

/** One request to ARM or Graph. */
export interface MicrosoftRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** What follows the endpoint, with its query; or an absolute link on the endpoint's own host. */
  readonly path: string
  /** Sent as JSON. */
  readonly body?: unknown
  /** The authentication context that the sign-in must have met, as in `c1`, where that is known. */
  readonly authenticationContext?: string
  /** A change that may be sent again after an answer was lost: a second one does nothing, or is refused. */
  readonly isRepeatable?: boolean
  /** What can do without an answer is asked for once only. */
  readonly isOptional?: boolean
  readonly signal: AbortSignal
}

/** What came back with a status below 300. `body` is whatever JSON said, undefined where it said nothing. */
export interface MicrosoftAnswer {
  readonly status: number
  readonly body: unknown
  readonly requestId?: string
}

/** Whose token is sent. `expiresAt` is that token's. */
export interface MicrosoftIdentity {
  readonly tenantId: string
  /** What the tenant is called, where that is known. */
  readonly tenantName?: string
  /** The object id of the person, or of the workload. */
  readonly objectId: string
  readonly username: string
  readonly scopes: readonly string[]
  /** The ids of the directory roles that were active when the token was issued; undefined where it does not say. */
  readonly directoryRoles: readonly string[] | undefined
  readonly source: string
  /** The variables of the environment that led there, where they did. */
  readonly variables?: readonly string[]
  readonly expiresAt: Date
}

/** What of a target's requirements a sign-in has to bring. */
type SignInDemand = Pick<Requirements, 'mfa' | 'authenticationContext'>

/** ARM or Graph, as whoever is signed in. */
export interface MicrosoftClient {
  readonly resource: Resource
  /**
   * Sends a request with a token of the signed-in identity. Signs in again, once, where the answer
   * asks for it (an authentication context, MFA, continuous access evaluation) and somebody can.
   * Every other answer of 400 and up is thrown as the `PimError` of `providers/microsoft/errors/errors.ts`, whose
   * `provider.code` is Microsoft's; no answer at all as `unavailable`.
   */
  readonly send: (request: MicrosoftRequest) => Promise<MicrosoftAnswer>
  /** Who that is. `fresh` asks for a token that knows the roles of this moment. */
  readonly identity: (
    signal: AbortSignal,
    options?: { readonly fresh?: boolean },
  ) => Promise<MicrosoftIdentity>
  /**
   * Has a token that brings what an activation will demand, as far as tokens tell, and has a person sign in for it
   * where one can be asked. Throws `sign-in` (`step-up-needed`) where it cannot be had here.
   */
  readonly ensureSignIn: (demand: SignInDemand, signal: AbortSignal) => Promise<void>
  /** How far Microsoft's clock is ahead of this machine's, by its last answer; undefined before the first. */
  readonly clockAheadMs: () => number | undefined
}

/** Whatever a list holds, all pages of it, in order. Throws as `send` does; never a part of it. */
export async function readPages(
  client: Pick<MicrosoftClient, 'send'>,
  request: MicrosoftRequest,
): Promise<readonly unknown[]> {
  const items: unknown[] = []
  const seen = new Set<string>()
  let path: string | undefined = request.path
  while (path !== undefined) {
    if (seen.has(path)) throw endlessList('the pages of the list lead in a circle')
    seen.add(path)
    const { value, next } = readPage((await client.send({ ...request, path })).body)
    items.push(...value)
    if (seen.size >= mostPages || items.length > mostItems) {
      throw endlessList('the list does not come to an end')
    }
    path = next
  }
  return items
}

/** Far more than anybody is eligible for. */
const mostPages = 500
const mostItems = 100_000

/** A part of a list must not look like all of it. */
function endlessList(why: string): PimError {
  return new PimError('unavailable', 'endless-list', why, {
    hint: 'try again; check for a proxy or firewall between this machine and Microsoft',
  })
}
