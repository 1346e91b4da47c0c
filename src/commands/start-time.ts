import { formatWhen } from '../core/local-time.ts'
import { after, parseDuration } from '../core/duration.ts'
import { PimError } from '../core/errors.ts'
import { unclear, unclearZone } from './unclear-time.ts'

/**
 * When something is to begin: RFC 3339, a local date or time of day, `tomorrow 09:00`, or `+2h` from
 * now. Throws `usage` for what is not understood as a whole, what may mean two things, and what is past.
 */
export async function parseStart(text: string, now: Date): Promise<Date> {
  const words = text.trim()
  if (words.startsWith('+'))
    return later(text, after(now, parseDuration(words.slice(1), '--start')), now)
  const why = unclear(words)
  if (why !== undefined) throw ambiguous(text, why)
  const start = await parseMoment(words, now)
  if (start === undefined) throw notUnderstood(text)
  return later(text, start, now)
}

function later(text: string, start: Date, now: Date): Date {
  if (start > now) return start
  throw new PimError('usage', 'start-is-past', `--start ${JSON.stringify(text)} is past`, {
    hint: `it means ${formatWhen(start, now)}; leave it out to begin now`,
  })
}

async function parseMoment(text: string, now: Date): Promise<Date | undefined> {
  // `2h` is a length of time, and nobody can tell which end of it was meant.
  if (/^\d+\s*(?![ap]m$)[a-z]+$/i.test(text)) return undefined
  // Only whoever gives a time pays for the library.
  const { casual } = await import('chrono-node/en')
  const [found, ...more] = casual.parse(text, now, { forwardDate: true })
  // What it leaves out it has not understood.
  const isWhole = found !== undefined && more.length === 0 && found.text.length === text.length
  if (!isWhole || !found.start.isCertain('hour')) return undefined
  const { start } = found
  const date = start.date()
  if (start.isCertain('timezoneOffset')) {
    const why = unclearZone(text)
    if (why === undefined) return date
    throw ambiguous(text, why)
  }
  requireOnce(text, date, {
    day: `${start.get('year')}-${start.get('month')}-${start.get('day')}`,
    time: `${start.get('hour')}:${start.get('minute')}`,
  })
  return date
}

interface Wall {
  readonly day: string
  readonly time: string
}

/** What the clock on the wall shows then, by this machine's time zone. */
function wallAt(date: Date): Wall {
  return {
    day: `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`,
    time: `${date.getHours()}:${date.getMinutes()}`,
  }
}

const shifts = [30, 60, 120].flatMap((minutes) => [-minutes, minutes])

/** Clocks that are put forward or back skip some times of day, and show others twice. */
function requireOnce(text: string, date: Date, meant: Wall): void {
  const shows = (at: Date): boolean => {
    const { day, time } = wallAt(at)
    return day === meant.day && time === meant.time
  }
  if (!shows(date))
    throw ambiguous(text, { why: 'the clocks of this time zone skip it', hint: offset })
  const isTwice = shifts.some((minutes) => shows(new Date(date.getTime() + minutes * 60_000)))
  if (isTwice) throw ambiguous(text, { why: 'the clocks show it twice', hint: offset })
}

const offset = 'write it with its offset, as in `2026-12-01T09:00:00+01:00`'

function ambiguous(text: string, { why, hint }: { why: string; hint: string }): PimError {
  return new PimError(
    'usage',
    'ambiguous-start',
    `--start ${JSON.stringify(text)} is ambiguous: ${why}`,
    { hint },
  )
}

function notUnderstood(text: string): PimError {
  return new PimError('usage', 'invalid-start', `--start ${JSON.stringify(text)} is not a time`, {
    hint: 'write `2026-12-01T09:00:00Z`, `2026-12-01 09:00`, `tomorrow 09:00`, `09:00` or `+2h`',
  })
}
