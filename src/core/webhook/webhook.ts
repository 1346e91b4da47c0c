import type { StoreName } from '../store-item.ts'
import { PimError } from '../errors.ts'
import { isLoopback } from '../http/loopback.ts'

export const webhookFormats = ['json', 'slack', 'teams'] as const

export type WebhookFormat = (typeof webhookFormats)[number]

/** A webhook as the configuration knows it. Its address is a secret: whoever has it can post. */
export interface WebhookSettings {
  readonly format: WebhookFormat
  /** Where its address is kept. */
  readonly store: StoreName
}

/** The name of a webhook's address in a credential store. */
export function webhookKey(name: string): string {
  return `webhook ${name}`
}

/**
 * Reads a webhook's address. Throws `usage`, `invalid-webhook`, without repeating it: https, or http to
 * this machine; no name and password in it.
 */
export function parseWebhookUrl(text: string): URL {
  const url = URL.parse(text.trim())
  if (url === null) throw invalid('that is no address')
  if (url.username !== '' || url.password !== '') {
    throw invalid('the address holds a name or a password')
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw invalid('the address would send messages unencrypted')
  }
  return url
}

function invalid(why: string): PimError {
  return new PimError('usage', 'invalid-webhook', why, {
    hint: 'give the whole https address that Slack, Teams or your own server shows',
  })
}
