import type { Http } from './http.ts'

/** How far Microsoft's clock is ahead of this machine's, by the `Date` header of its last answer. */
export interface ServerClock {
  /** Undefined before the first answer. */
  readonly aheadMs: () => number | undefined
  /** The same exchanges, each of which sets the clock. */
  readonly over: (http: Http) => Http
}

/** A machine without a battery begins at 1970; no answer is from another century. */
const longestSkewMs = 100 * 366 * 24 * 3600 * 1000

export function createServerClock(now: () => Date): ServerClock {
  let ahead: number | undefined
  return {
    aheadMs: () => ahead,
    over: (http) => ({
      exchange: async (request) => {
        const answer = await http.exchange(request)
        ahead = aheadOf(answer.headers.get('date'), now()) ?? ahead
        return answer
      },
    }),
  }
}

/** Headers tell the time to the second, and travel for a while. */
const imprecisionMs = 3000

/** Undefined where an answer does not tell the time. */
function aheadOf(date: string | undefined, now: Date): number | undefined {
  const ahead = Date.parse(date ?? '') - now.getTime()
  if (!(Math.abs(ahead) < longestSkewMs)) return undefined
  return Math.abs(ahead) < imprecisionMs ? 0 : ahead
}

interface Asked {
  readonly client: { readonly clockAheadMs: () => number | undefined }
  readonly now: () => Date
}

/** Microsoft's time, by its last answer; this machine's before the first. */
export function providerNow({ client, now }: Asked): Date {
  return new Date(now().getTime() + (client.clockAheadMs() ?? 0))
}
