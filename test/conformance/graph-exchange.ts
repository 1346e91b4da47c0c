import type { GivenAnswer, SentRequest } from './exchange.ts'

export const me = '11111111-1111-4111-8111-111111111111'
export const role = '22222222-2222-4222-8222-222222222222'
export const group = '33333333-3333-4333-8333-333333333333'
export const request = '44444444-4444-4444-8444-444444444444'

export const scheduleInfo = {
  startDateTime: '2026-03-01T12:00:00.000Z',
  expiration: { type: 'afterDuration', duration: 'PT5H' },
}

/** A call and its answer, as they should be. */
export interface Exchange {
  readonly name: string
  readonly request: SentRequest
  readonly answer: GivenAnswer
}

interface Written {
  readonly url: string
  readonly method?: string
  readonly sent?: unknown
  readonly status?: number
  readonly given?: unknown
}

/** Puts both sides of an exchange together; it is a GET that works unless told otherwise. */
export function exchange(
  name: string,
  { url, method = 'GET', sent, status = 200, given }: Written,
): Exchange {
  return {
    name,
    request: { method, url, body: sent },
    answer: { method, url, status, body: given },
  }
}
