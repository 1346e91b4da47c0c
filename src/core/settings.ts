import type { Duration } from './duration.ts'
import { PimError } from './errors.ts'

/** Whether to send something that a role's trust policy may refuse: fall back without it, insist, or leave it out. */
export type Insistence = 'try' | 'require' | 'off'

export const storeChoices = ['auto', 'keychain', 'file', 'memory'] as const

export type StoreChoice = (typeof storeChoices)[number]

/** What a person set for one target. */
export interface TargetSettings {
  readonly duration?: Duration
  readonly sessionTags?: Insistence
  readonly sourceIdentity?: Insistence
}

/** What is in the configuration file. */
export interface Settings {
  readonly duration?: Duration
  readonly credentialStore?: StoreChoice
  /** An alias stands for one target or several, each in its text form. */
  readonly aliases: Readonly<Record<string, readonly string[]>>
  /** By the target's text form. */
  readonly targets: Readonly<Record<string, TargetSettings>>
}

/** Reads `PIM_CREDENTIAL_STORE`; unset and empty mean that nothing was chosen. */
export function parseStoreChoice(text: string | undefined): StoreChoice | undefined {
  if (text === undefined || text === '') return undefined
  const choice = storeChoices.find((name) => name === text)
  if (choice !== undefined) return choice
  throw new PimError(
    'usage',
    'invalid-credential-store',
    `PIM_CREDENTIAL_STORE=${text} is not a credential store`,
    { hint: `set it to one of ${storeChoices.join(', ')}` },
  )
}
