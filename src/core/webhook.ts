import type { StoreName } from './credentials.ts'
import { PimError } from './errors.ts'

export const webhookFormats = ['json', 'slack', 'teams'] as const

export type WebhookFormat = (typeof webhookFormats)[number]

/** A webhook as the configuration knows it. Its address is a secret: whoever has it can post. */
export interface WebhookSettings {
  readonly format: WebhookFormat
  /** Where its address is kept. */
  readonly store: StoreName
}

/** Reads a format as it was typed. Throws `usage`, `invalid-format`. */
export function parseWebhookFormat(text: string): WebhookFormat {
  const format = webhookFormats.find((name) => name === text.toLowerCase())
  if (format !== undefined) return format
  throw new PimError('usage', 'invalid-format', 'that is no format of a webhook', {
    hint: `it is one of ${webhookFormats.join(', ')}`,
  })
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
  const isLocal = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal)) {
    throw invalid('the address would carry what is posted in the clear')
  }
  return url
}

function invalid(why: string): PimError {
  return new PimError('usage', 'invalid-webhook', why, {
    hint: 'give the whole https address that Slack, Teams or your own server shows',
  })
}
