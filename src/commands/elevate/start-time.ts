import { formatLocalTime, formatWhen, localDay } from '../../core/time/local-time.ts'
import {
  after,
  formatDuration,
  parseDuration,
  seconds,
  type Duration,
} from '../../core/time/duration.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { dayAfter, unclear, unclearZone } from './unclear-time.ts'

/**
 * When something is to begin: RFC 3339, a local date or time of day, `tomorrow 09:00`, or `+2h` from
 * now. Throws `usage` for what is not understood as a whole, what may mean two things, and what is past.
 */
export async function parseStart(text: string, now: Date): Promise<Date> {
  const words = text.trim()
  if (words.startsWith('+')) return after(now, lengthOf(words))
  if (/^[-\u2212]\s*(?:\d+\s*[a-z]+)+$/i.test(words)) {
    throw past(text, `write \`${words.replace(/^.\s*/, '+')}\` for later, or `)
  }
  const why = unclear(words, now)
  if (why !== undefined) throw ambiguous(text, why)
  const start = await parseMoment(words, now)
  if (start === undefined) throw notUnderstood(text, now)
  return later(text, start, now)
}

/** What follows the plus sign. Its errors show the whole, as it was typed. */
function lengthOf(words: string): Duration {
  try {
    return parseDuration(words.slice(1))
  } catch (thrown) {
    const { kind, code, hint = '' } = asPimError(thrown)
    const isZero = /^\+\s*(?:0+[a-z])+$/i.test(words)
    const message = `--start ${JSON.stringify(words)} is no length of time from now`
    throw new PimError(kind, code, message, {
      hint: isZero ? `${leaveOut}, or write \`+5m\`` : hint.replaceAll(/`(?=[\dP])/g, '`+'),
    })
  }
}

const leaveOut = 'leave `--start` out to begin now'

function later(text: string, start: Date, now: Date): Date {
  if (start > now) return start
  throw past(text, `it means ${formatWhen(start, now)}. Write \`${nextDayAt(start, now)}\`, or `)
}

function past(text: string, before: string): PimError {
  return new PimError('usage', 'start-is-past', `--start ${JSON.stringify(text)} is past`, {
    hint: `${before}${leaveOut}`,
  })
}

/** The same time of day, the next time that it comes. */
function nextDayAt(start: Date, now: Date): string {
  const isToCome = (day: Date): boolean => day > now
  const [hour, minute] = [start.getHours(), start.getMinutes()]
  const days = [0, 1].map(
    (on) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + on, hour, minute),
  )
  const next = days.find(isToCome) ?? now
  return `${localDay(next)} ${formatLocalTime(next, next)}`
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
  if (relative.test(text)) throw fromNow(text, date, now)
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

const relative = /^in\s|\sfrom\s+now$|\sago$|^now$/i

/** A distance in words, which has a form of its own. */
function fromNow(text: string, date: Date, now: Date): PimError {
  const distance = Math.round((date.getTime() - now.getTime()) / 1000)
  if (distance < 0) return past(text, '')
  const message = `--start ${JSON.stringify(text)} is not a time`
  return new PimError('usage', 'invalid-start', message, {
    hint: distance === 0 ? leaveOut : `write \`+${formatDuration(seconds(distance))}\``,
  })
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
  if (!shows(date)) {
    const hint = `write it with its offset, as in \`${withOffset(date)}\``
    throw ambiguous(text, { why: 'the clocks of this time zone skip it', hint })
  }
  const twin = shifts
    .map((minutes) => new Date(date.getTime() + minutes * 60_000))
    .find((other) => shows(other))
  if (twin === undefined) return
  const [first, second] = [date, twin].toSorted((one, other) => one.getTime() - other.getTime())
  const both = [first, second].map((each) => `\`${withOffset(each ?? date)}\``).join(' or ')
  const hint = `write it with its offset: ${both}`
  throw ambiguous(text, { why: 'the clocks show it twice', hint })
}

/** `2026-12-01T09:00:00+01:00`, by this machine's time zone. */
function withOffset(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const local = new Date(date.getTime() + minutes * 60_000).toISOString().slice(0, 19)
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const two = (count: number): string => String(count).padStart(2, '0')
  return `${local}${minutes < 0 ? '-' : '+'}${two(hours)}:${two(rest)}`
}

function ambiguous(text: string, { why, hint }: { why: string; hint: string }): PimError {
  return new PimError(
    'usage',
    'ambiguous-start',
    `--start ${JSON.stringify(text)} is ambiguous: ${why}`,
    { hint },
  )
}

function notUnderstood(text: string, now: Date): PimError {
  const tomorrow = `${dayAfter(now, 1)} 09:00`
  return new PimError('usage', 'invalid-start', `--start ${JSON.stringify(text)} is not a time`, {
    hint: `write \`${tomorrow}\`, \`tomorrow 09:00\`, \`09:00\` or \`+2h\``,
  })
}
