import type { CallSettings } from '../http/call-settings.ts'
import type { Source } from '../config/role-chain.ts'
import type { SharedConfig } from '../config/shared-config.ts'

/** Where a way starts: the credentials to sign the first call with. */
export interface Start {
  /** The target's text form; absent where only the credentials themselves are of interest. */
  readonly target: string | undefined
  readonly source: Source
  /** Where AWS is asked. */
  readonly region: string
  /** How AWS is asked: by the target's own profile, as for `aws --profile`. */
  readonly calls: CallSettings
  readonly config: SharedConfig
  readonly signIn: string
}
