import type { Approvals } from './elevation/approval.ts'
import type { Duration } from './time/duration.ts'
import type { Secret } from './credentials.ts'
import type { Actor, Elevation, ElevationState } from './elevation/elevation.ts'
import type { PimError } from './errors.ts'
import type { Identity } from './identity/identity.ts'
import type { ElevationPlan } from './elevation/plan.ts'
import type { Requirements } from './elevation/requirements.ts'
import type { Revocation } from './elevation/revocation.ts'
import type { SessionEnvironment } from './session.ts'
import type { ProviderId, Target } from './target.ts'

/** Who the provider takes us for, before we elevate. */
export interface CloudIdentity {
  /** What an elevation is held by. */
  readonly identity: Identity
  /** As the provider writes it: an ARN, a user principal name. */
  readonly name: string
  /** The person or workload behind it, short: `alice`. */
  readonly person: string
  /** An AWS account id, or a tenant's. */
  readonly account: string
  /** The longest that this identity may be granted, and why, where that is less than the target allows. */
  readonly longest?: { readonly duration: Duration; readonly why: string }
  /** How it is known: what signed it in, what it may be used for, until when. */
  readonly signIn?: {
    readonly source: string
    /** The variables of the environment that it comes from; absent for whoever signed in as a person. */
    readonly variables?: readonly string[]
    readonly scopes: readonly string[]
    readonly expiresAt: Date
  }
}

/** What an activation may say and ask while it runs. */
export interface Attempt {
  readonly plan: ElevationPlan
  readonly identity: CloudIdentity | undefined
  readonly actor: Actor
  /** One-time codes, one for each of the plan's `mfaDevices`, in their order. */
  readonly mfaCodes: readonly Secret[]
  readonly signal: AbortSignal
}

/** What came of an activation: it is in force, or it is on its way there. A refusal is thrown. */
export interface Activation {
  readonly state: 'active' | 'provisioning' | 'scheduled' | 'pending-approval'
  readonly startsAt: Date
  readonly expiresAt: Date
  readonly accessEndsAt: Date
  /** What was handed out; absent where the provider gives the right to one's own identity. */
  readonly credentials?: Secret
  readonly providerRequestId?: string
  readonly clockAheadMs: number
  /** Where it differs from what was asked, and what to know of it: a sentence each. */
  readonly notices: readonly string[]
  /** What the provider's own logs will show: names and ids, never secrets. */
  readonly facts: Readonly<Record<string, string>>
}

/** Who is signed in, and what could not say so. */
export interface SignedIn {
  readonly identities: readonly Identity[]
  readonly troubles: readonly PimError[]
}

/**
 * Loads a provider: as whoever is in use there, or as the identity that holds an elevation. The latter
 * throws `PimError` `sign-in`, `other-identity`, when asked anything while that one is not signed in.
 */
export type LoadProvider = (id: ProviderId, identity?: Identity) => Promise<Provider>

/** A target that is active at the provider, whoever activated it and wherever. */
export interface Standing {
  /** The target's path, spelt as in `Findings.targets`. */
  readonly path: string
  readonly startsAt: Date
  readonly expiresAt: Date
  /** As in `Activation`; absent where access ends with the grant. */
  readonly accessEndsAt?: Date
  readonly providerRequestId?: string
  /** As in `Activation.facts`: what a later `progress` or `release` needs to know. */
  readonly facts: Readonly<Record<string, string>>
}

/** What a provider knows of us: what we may activate, and what is active. */
export interface Findings {
  readonly targets: readonly Target[]
  readonly active: readonly Standing[]
  /** Reads that failed beside those that did not; what they would have shown is missing above. */
  readonly troubles: readonly PimError[]
}

/** How far an elevation has come, by the provider's own word. */
export interface Progress {
  readonly state: ElevationState
  readonly startsAt?: Date
  readonly expiresAt?: Date
  /** The provider's own word for the state, and the reason where somebody gave one. */
  readonly status?: string
  readonly reason?: string
  /** How far the provider's clock is ahead of this machine's, as measured with this answer. */
  readonly clockAheadMs?: number
  /** Where it came to nothing: what that status means, and what to do. */
  readonly refusal?: PimError
}

/** What came of giving an elevation back. `not-yet`: the provider takes it from `possibleAt` on. */
export type Release =
  | { readonly state: 'released' }
  | { readonly state: 'not-yet'; readonly possibleAt: Date; readonly why: string }

/** What is odd about a configuration that can be read, for `pim doctor`. */
export interface ConfigurationFault {
  readonly id: string
  readonly status: 'warn' | 'fail'
  readonly message: string
  readonly hint: string
}

/** A cloud, as the rest of pim sees it. Whatever fails is thrown as a `PimError` naming the target. */
export interface Provider {
  readonly id: ProviderId
  /**
   * How access is given: a `session` hands out credentials of its own; a `grant` gives the right to
   * the identity one has already, and hands out nothing.
   */
  readonly access: 'session' | 'grant'
  /** Whether anything on this machine leads there; what nobody has set up is no trouble. Calls nobody. */
  readonly isSetUp: () => Promise<boolean>
  /** Everything one is eligible for, and what of it is active. Throws where not even that can be read. */
  readonly discover: (signal: AbortSignal) => Promise<Findings>
  /** Where those are read from, for people who miss one. */
  readonly source: () => string
  /** A target that need not be listed: complete as written, or below one of those that are. Calls nobody. */
  readonly locate: (path: string, listed: readonly Target[]) => Target | undefined
  /** Tells the configuration that targets are read from; it changes whenever they might. */
  readonly configuration: () => Promise<string>
  /** What is odd about that configuration. Calls nobody. */
  readonly diagnose?: () => Promise<readonly ConfigurationFault[]>
  readonly requirements: (target: Target, signal: AbortSignal) => Promise<Requirements>
  /**
   * Finds out, before anything is requested, whether the sign-in does for what a target demands, and has a person
   * sign in where one can be asked. Throws `sign-in` where it does not. A `session` asks for codes instead.
   */
  readonly ensureSignIn?: (
    target: Target,
    demand: Pick<Requirements, 'mfa' | 'authenticationContext'>,
    signal: AbortSignal,
  ) => Promise<void>
  /** Asks the provider who we are. Undefined where it knows us only once we are elevated. */
  readonly identify: (target: Target, signal: AbortSignal) => Promise<CloudIdentity | undefined>
  /** Who we are there by default, with no target in mind. */
  readonly whoAmI: (signal: AbortSignal) => Promise<CloudIdentity>
  /**
   * Everybody who is signed in on this machine and may hold elevations there, with an error for each
   * that cannot be asked who it is. A `session` has none: it needs nobody to be released.
   */
  readonly identities?: (signal: AbortSignal) => Promise<SignedIn>
  /** What is active at the provider for this target now; always undefined for a `session`. */
  readonly current: (target: Target, signal: AbortSignal) => Promise<Standing | undefined>
  readonly activate: (attempt: Attempt) => Promise<Activation>
  /** Lets the provider check an attempt without carrying it out; throws what `activate` would. */
  readonly validate?: (attempt: Attempt) => Promise<void>
  /**
   * What the provider says of an elevation by now. `active` only where it lists it as active. A list
   * that does not show it proves nothing: the state is then that of the request, and `released` only
   * where a request says so.
   */
  readonly progress: (elevation: Elevation, signal: AbortSignal) => Promise<Progress>
  /** Whether the access works by now, found out by using it. */
  readonly isEffective: (
    elevation: Elevation,
    credentials: Secret | undefined,
    signal: AbortSignal,
  ) => Promise<boolean>
  /** Requests and decisions; a `session` knows none. */
  readonly approvals?: Approvals
  /**
   * Releases an elevation at the provider. What is not active there any more counts as released, where
   * the provider's own record of requests says so; otherwise throws `unavailable`, `release-unconfirmed`.
   */
  readonly release: (elevation: Elevation, signal: AbortSignal) => Promise<Release>
  /**
   * Makes the provider deny what it handed out to this person so far, and nothing of anybody else's.
   * Only a `session` needs it: a `grant` is taken from all that was handed out.
   */
  readonly revoke?: (
    elevation: Elevation,
    credentials: Secret | undefined,
    signal: AbortSignal,
  ) => Promise<Revocation>
  /** The environment in which a program runs with this elevation. */
  readonly lend: (
    elevation: Elevation,
    credentials: Secret | undefined,
  ) => SessionEnvironment | Promise<SessionEnvironment>
  /** The names that `lend` may set. */
  readonly lentNames: readonly string[]
  /** What a `credential_process` prints for these credentials. It holds secrets. A `grant` has none. */
  readonly credentialProcess?: (credentials: Secret) => Readonly<Record<string, string | number>>
}
