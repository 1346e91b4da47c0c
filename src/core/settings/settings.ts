import type { Duration } from '../time/duration.ts'
import { PimError } from '../errors.ts'
import type { WebhookSettings } from '../webhook/webhook.ts'

export const insistences = ['try', 'require', 'off'] as const

/** Whether to send something that a role's trust policy may refuse: fall back without it, insist, or leave it out. */
export type Insistence = (typeof insistences)[number]

export const storeChoices = ['auto', 'keychain', 'file', 'memory'] as const

export type StoreChoice = (typeof storeChoices)[number]

/** What a person set for one target. */
export interface TargetSettings {
  readonly duration?: Duration
  readonly sessionTags?: Insistence
  readonly sourceIdentity?: Insistence
}

export const azureClouds = ['public', 'usgov', 'china'] as const

export type AzureCloud = (typeof azureClouds)[number]

/** How to sign in to Microsoft, where the environment does not say. */
export interface AzureSettings {
  /** The application that signs people in. */
  readonly clientId?: string
  /** A tenant's id or domain. */
  readonly tenant?: string
  readonly cloud?: AzureCloud
}

export const noticeWays = ['both', 'bell', 'desktop'] as const

/** What tells of an end that comes: the desktop, the terminal's bell with a line, or each of them. */
export type NoticeWay = (typeof noticeWays)[number]

/** Whether, and how, a person is told that an elevation is about to end. */
export interface NoticeSettings {
  /** How long before the end. */
  readonly before?: Duration | 'off'
  readonly by?: NoticeWay
}

/** What is in the configuration file. */
export interface Settings {
  readonly duration?: Duration
  readonly credentialStore?: StoreChoice
  readonly azure?: AzureSettings
  readonly notice?: NoticeSettings
  /** By their names. */
  readonly webhooks?: Readonly<Record<string, WebhookSettings>>
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
