import type { CredentialStores } from '../core/credentials.ts'
import type { Duration } from '../core/time/duration.ts'
import type { Identity, IdentityChoice } from '../core/identity/identity.ts'
import type { Provider } from '../core/provider.ts'
import type { Settings } from '../core/settings/settings.ts'
import type { SignInIndex, SignIns } from '../core/identity/sign-in.ts'
import type { ProviderId } from '../core/target.ts'

/** What every provider is built from. */
export interface ProviderDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly settings: () => Promise<Settings>
  readonly stores: CredentialStores
  readonly signInIndex: SignInIndex
  readonly person: Person
  /** The identity that a person named for this command. */
  readonly choice?: IdentityChoice
  /** The identity that holds an elevation: nobody else's sign-in is used. */
  readonly identity?: Identity
}

/** Who sits at this machine, as far as a sign-in is concerned. */
interface Person {
  /** Whether somebody is there to sign in: not in a pipeline, under `--no-input` or without a terminal. */
  readonly mayBeAsked: boolean
  /** Opens the system's browser. Throws `sign-in`, `no-browser` where there is none. */
  readonly openBrowser: (url: string) => Promise<void>
  /** Says something on stderr, unless told to be quiet. */
  readonly say: (text: string) => void
  /** Says on stderr what a person must read to go on. */
  readonly show: (text: string) => void
}

/** Every provider, and how to load it: none costs anything until it is used. */
const providers = {
  aws: async (deps: ProviderDeps) => (await import('./aws/provider.ts')).createAwsProvider(deps),
  azure: async (deps: ProviderDeps) =>
    (await import('./microsoft/azure/provider.ts')).createAzureProvider(deps),
  entra: async (deps: ProviderDeps) =>
    (await import('./microsoft/entra/roles/role-provider.ts')).createRoleProvider(deps),
  group: async (deps: ProviderDeps) =>
    (await import('./microsoft/entra/groups/group-provider.ts')).createGroupProvider(deps),
} satisfies Record<ProviderId, (deps: ProviderDeps) => Promise<Provider>>

export function loadProvider(id: ProviderId, deps: ProviderDeps): Promise<Provider> {
  return providers[id](deps)
}

/** Whom pim itself signs in: people, to Microsoft. */
export async function loadSignIns(deps: ProviderDeps): Promise<SignIns> {
  return (await import('./microsoft/session/sign-ins.ts')).createSignIns(deps)
}

/**
 * The variables by which a program would act as somebody whom it was not lent. A right at Microsoft is
 * one's own identity's, which a command needs: only AWS has such.
 */
export async function credentialNames(): Promise<readonly string[]> {
  return (await import('./aws/sts/environment.ts')).credentialNames
}
