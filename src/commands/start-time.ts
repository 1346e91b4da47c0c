import { after, parseDuration } from '../core/duration.ts'
import { PimError } from '../core/errors.ts'

/**
 * When something is to begin: RFC 3339, a local date or time of day, `tomorrow 09:00`, or `+2h` from
 * now. Throws `usage` for what is not understood as a whole, and for what is past.
 */
export async function parseStart(text: string, now: Date): Promise<Date> {
  const start = text.trim().startsWith('+')
    ? after(now, parseDuration(text.trim().slice(1), '--start'))
    : await parseMoment(text.trim(), now)
  if (start === undefined) throw notUnderstood(text)
  if (start <= now) throw past(text, start)
  return start
}

async function parseMoment(text: string, now: Date): Promise<Date | undefined> {
  // `2h` is a length of time, and nobody can tell which end of it was meant.
  if (/^\d+\s*[a-z]+$/i.test(text)) return undefined
  // Only whoever gives a time pays for the library.
  const { casual } = await import('chrono-node/en')
  const [found, ...more] = casual.parse(text, now, { forwardDate: true })
  // What it leaves out it has not understood.
  const isWhole = found !== undefined && more.length === 0 && found.text.length === text.length
  if (!isWhole || !found.start.isCertain('hour')) return undefined
  return found.start.date()
}

function notUnderstood(text: string): PimError {
  return new PimError('usage', 'invalid-start', `--start ${JSON.stringify(text)} is not a time`, {
    hint: 'write `2026-12-01T09:00:00Z`, `2026-12-01 09:00`, `tomorrow 09:00`, `09:00` or `+2h`',
  })
}

function past(text: string, start: Date): PimError {
  return new PimError('usage', 'start-is-past', `--start ${JSON.stringify(text)} is past`, {
    hint: `it means ${start.toISOString()}; leave it out to begin now`,
  })
}
