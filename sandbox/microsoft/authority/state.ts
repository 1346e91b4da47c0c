import type { Duration } from '../../../src/core/time/duration.ts'
import type { TokenBook } from './tokens.ts'
import type { TenantEndpoints } from '../seed/files.ts'
import type { TenantPerson, TenantSeed } from '../seed/model.ts'

/** One sign-in of a person, which refresh tokens live on. */
export interface SignIn {
  /** The how-manieth it is. */
  readonly number: number
  readonly person: TenantPerson
  readonly clientId: string
  readonly amr: readonly string[]
  readonly acrs: readonly string[]
  readonly nonce: string | undefined
}

interface AuthorizationCode {
  readonly signIn: SignIn
  readonly redirectUri: string
  readonly challenge: string
  readonly scope: string | undefined
  readonly expiresAt: Date
}

interface DeviceCode {
  readonly signIn: SignIn
  readonly scope: string | undefined
  readonly expiresAt: Date
  timesAsked: number
}

/** How the person at the other device behaves. */
export type DeviceAnswer = 'approve' | 'wait' | 'decline' | 'expire'

/** What tests may turn; read anew for each request. */
export interface AuthoritySettings {
  signsIn: TenantPerson
  deviceAnswer: DeviceAnswer
  /** Seconds between two questions after a device code. */
  deviceCodeInterval: number
  withheldScopes: readonly string[]
  /** All that was consented to, on either API; undefined where that is whatever an application may ask for. */
  consentedScopes: readonly string[] | undefined
  /** Whether tokens for people name their directory roles: some do not. */
  rolesInTokens: boolean
  tokenLifetime: Duration
  signIns: number
}

/** Everything the sign-in knows. */
export interface AuthorityState {
  readonly settings: AuthoritySettings
  readonly seed: () => TenantSeed
  readonly endpoints: () => TenantEndpoints
  readonly now: () => Date
  readonly book: TokenBook
  readonly codes: Map<string, AuthorizationCode>
  readonly deviceCodes: Map<string, DeviceCode>
  readonly refreshTokens: Map<string, SignIn>
  /** The ids of the directory roles that are in force for a person, over the whole tenant. */
  readonly directoryRolesOf: (personId: string) => readonly string[]
  signInsMade: number
  /** Tokens with a smaller number are revoked. */
  firstValidToken: number
  /** Sign-ins with a smaller number are. */
  firstValidSignIn: number
}
