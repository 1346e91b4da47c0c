import type { PimError } from '../errors.ts'

/** What makes a provider deny the sessions that somebody took before a moment, and nobody else's. */
export interface RevokePolicy {
  /** The role that it belongs on, and the account that the role is in. */
  readonly role: string
  readonly account: string
  readonly name: string
  /** What the provider reads, as JSON. */
  readonly document: string
  /** By the provider's clock. A session that was issued at this moment or later is not meant. */
  readonly deniesBefore: Date
  /** Whose sessions it denies, to be read after "the sessions". */
  readonly whose: string
  /** What somebody types who may put it there, and who wants it away again: word by word. */
  readonly putCommand: readonly string[]
  readonly removeCommand: readonly string[]
}

/** What came of it. Where there is a policy that is not in place, an administrator may put it there. */
export type Revocation =
  | { readonly state: 'revoked'; readonly policy: RevokePolicy }
  | { readonly state: 'not-revoked'; readonly error: PimError; readonly policy?: RevokePolicy }
