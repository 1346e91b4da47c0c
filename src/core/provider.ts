import type { Duration } from './duration.ts'
import type { Secret } from './credentials.ts'
import type { Actor, Elevation } from './elevation.ts'
import type { ElevationPlan } from './plan.ts'
import type { Requirements } from './requirements.ts'
import type { SessionEnvironment } from './session.ts'
import type { ProviderId, Target } from './target.ts'

/** Who the provider takes us for, before we elevate. */
export interface CloudIdentity {
  /** As the provider writes it: an ARN, a user principal name. */
  readonly name: string
  /** The person or workload behind it, short: `alice`. */
  readonly person: string
  readonly account: string
  /** The longest that this identity may be granted, and why, where that is less than the target allows. */
  readonly longest?: { readonly duration: Duration; readonly why: string }
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

/** What came of an activation. */
export interface Activation {
  readonly state: 'active'
  readonly startsAt: Date
  readonly expiresAt: Date
  readonly accessEndsAt: Date
  readonly credentials: Secret
  readonly providerRequestId?: string
  readonly clockAheadMs: number
  /** Where it differs from what was asked, and what to know of it: a sentence each. */
  readonly notices: readonly string[]
  /** What the provider's own logs will show: names and ids, never secrets. */
  readonly facts: Readonly<Record<string, string>>
}

/** A cloud, as the rest of pim sees it. Whatever fails is thrown as a `PimError` naming the target. */
export interface Provider {
  readonly id: ProviderId
  /** Everything one is known to be eligible for. */
  readonly targets: () => Promise<readonly Target[]>
  /** Where those are read from, for people who miss one. */
  readonly source: () => string
  /** A target that is complete as written and need not be listed anywhere. */
  readonly locate: (path: string) => Target | undefined
  /** Tells the configuration that targets are read from; it changes whenever they might. */
  readonly configuration: () => Promise<string>
  readonly requirements: (target: Target) => Promise<Requirements>
  /** Asks the provider who we are. Undefined where it knows us only once we are elevated. */
  readonly identify: (target: Target, signal: AbortSignal) => Promise<CloudIdentity | undefined>
  /** Who we are there by default, with no target in mind. */
  readonly whoAmI: (signal: AbortSignal) => Promise<CloudIdentity>
  readonly activate: (attempt: Attempt) => Promise<Activation>
  /** Whether what was handed out works by now. */
  readonly isEffective: (
    target: Target,
    credentials: Secret,
    signal: AbortSignal,
  ) => Promise<boolean>
  /** The environment in which a program runs with this elevation. */
  readonly lend: (elevation: Elevation, credentials: Secret) => SessionEnvironment
  /** The names that `lend` may set. */
  readonly lentNames: readonly string[]
  /** What a `credential_process` prints for these credentials. It holds secrets. */
  readonly credentialProcess: (credentials: Secret) => Readonly<Record<string, string | number>>
}
