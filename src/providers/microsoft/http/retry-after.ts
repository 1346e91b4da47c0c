interface Headers {
  readonly get: (name: string) => string | undefined
}

/**
 * How many seconds an answer asks to be waited before the next try; undefined where it does not
 * say. A date is measured by the server's own clock.
 */
export function waitAsked(headers: Headers): number | undefined {
  const milliseconds = headers.get('retry-after-ms') ?? headers.get('x-ms-retry-after-ms')
  if (milliseconds !== undefined) return positive(Number(milliseconds) / 1000)
  const text = headers.get('retry-after')
  if (text === undefined) return undefined
  if (/^\d+$/.test(text.trim())) return positive(Number(text))
  const from = Date.parse(headers.get('date') ?? '')
  return positive((Date.parse(text) - from) / 1000)
}

function positive(seconds: number): number | undefined {
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}

/** Who is asked to wait longer is told so instead. */
export const longestWaitSeconds = 60
