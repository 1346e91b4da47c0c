import type { CredentialStores } from '../../core/credentials.ts'
import type { Duration } from '../../core/time/duration.ts'
import type { Identity, IdentityChoice } from '../../core/identity/identity.ts'
import type { Settings } from '../../core/settings/settings.ts'
import type { SignInIndex } from '../../core/identity/sign-in.ts'

/** What a session with Microsoft is built from. */
export interface MicrosoftDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly settings: () => Promise<Pick<Settings, 'azure' | 'credentialStore'>>
  readonly stores: CredentialStores
  readonly signInIndex: SignInIndex
  readonly person: Person
  /** The identity that a person named for this command. */
  readonly choice?: IdentityChoice
  /** The identity that holds an elevation: nobody else's token is used. */
  readonly identity?: Identity
}

/** Who sits at this machine, as far as a sign-in is concerned. */
export interface Person {
  readonly mayBeAsked: boolean
  readonly openBrowser: (url: string) => Promise<void>
  /** Says something that may go unheard. */
  readonly say: (text: string) => void
  /** Says what a person must read to go on. */
  readonly show: (text: string) => void
}
