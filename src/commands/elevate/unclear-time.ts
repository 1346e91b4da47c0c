import { localDay } from '../../core/time/local-time.ts'

/** Why a time may mean two things, and how to write it so that it cannot. */
export interface Unclear {
  readonly why: string
  readonly hint: string
}

const weekday = '(?:mon|tues?|wednes|wed|thu(?:rs)?|fri|satur|sat|sun)(?:day)?'
const month = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\\.?'

/** A letter or two may name a time zone in one country, and another one elsewhere. */
export function unclearZone(text: string): Unclear | undefined {
  if (/(?:[\d\s](?:Z|UTC|GMT)|[+-]\d{2}:?\d{2})$/i.test(text)) return undefined
  return {
    why: 'the name of its time zone has several meanings',
    hint: 'write the offset, as in `2027-03-04T09:00:00-06:00`, or leave it out for the local time',
  }
}

/** Words that people and countries read differently; undefined for any others. The hint can be typed as it is. */
export function unclear(text: string, now: Date): Unclear | undefined {
  const numbers = /(?<![\d:./T-])(\d{1,2})([/.-])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?![\d:])/.exec(text)
  if (numbers !== null) return dayOrMonth(numbers)
  if (hasShortYear(text)) {
    return {
      why: 'its year has two digits',
      hint: `write all four digits, as in \`${dayAfter(now, 1)} 09:00\``,
    }
  }
  if (/\bmidnight\b/i.test(text)) {
    return {
      why: 'midnight begins one day and ends another',
      hint: eitherOf(`${dayAfter(now, 1)} 00:00`, `${dayAfter(now, 2)} 00:00`),
    }
  }
  if (/\b12(?::00)?\s*[ap]m\b/i.test(text)) {
    return {
      why: 'it may be noon or midnight',
      hint: eitherOf(`${dayAfter(now, 1)} 12:00`, `${dayAfter(now, 1)} 00:00`),
    }
  }
  if (new RegExp(`\\b(?:next|this|last)\\s+(?:${weekday}|week|month|year)\\b`, 'i').test(text)) {
    return {
      why: 'it may be one of several days',
      hint: `write the date, as in \`${dayAfter(now, 7)} 09:00\``,
    }
  }
  return bareHour(text)
}

function eitherOf(one: string, other: string): string {
  return `write \`${one}\` or \`${other}\``
}

/** The local date so many days on. */
export function dayAfter(now: Date, days: number): string {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
  return localDay(day)
}

function dayOrMonth([, one = '', , other = '', year = '']: RegExpExecArray): Unclear {
  const dates = year.length === 4 ? [isoDate(year, one, other), isoDate(year, other, one)] : []
  const known = [...new Set(dates.flatMap((date) => date ?? []))]
  const examples = known.length > 0 ? known : ['2027-03-04', '2027-04-03']
  return {
    why: 'the day or the month may come first',
    hint: `write ${examples.map((date) => `\`${date} 09:00\``).join(' or ')}`,
  }
}

function isoDate(year: string, monthText: string, dayText: string): string | undefined {
  const isDate = Number(monthText) <= 12 && Number(dayText) <= 31
  return isDate ? `${year}-${monthText.padStart(2, '0')}-${dayText.padStart(2, '0')}` : undefined
}

/** `3 May 27`, `May 3, 27`, `'27`. */
function hasShortYear(text: string): boolean {
  return (
    /'\d{2}\b/.test(text) ||
    new RegExp(`\\b\\d{1,2}(?:st|nd|rd|th)?[\\s-]+${month}[\\s,-]+\\d{2}(?![\\d:])`, 'i').test(
      text,
    ) ||
    new RegExp(`\\b${month}\\s+\\d{1,2}(?:st|nd|rd|th)?,?\\s+\\d{2}(?![\\d:])\\s`, 'i').test(text)
  )
}

/** `at 5`, `tomorrow 9`: an hour without minutes and without am or pm. */
function bareHour(text: string): Unclear | undefined {
  const [, before = '', digits = ''] =
    /^(.*?)\b(?:at\s+)?(?<=\b(?:at|tomorrow|today|day)\s+)(\d{1,2})$/i.exec(text) ?? []
  const hour = Number(digits)
  if (digits === '' || hour > 23) return undefined
  const morning = hour % 12
  const [one, other] = [morning, morning + 12].map(
    (each) => `${before.replace(/\bat\s+$/i, '')}${String(each).padStart(2, '0')}:00`,
  )
  return {
    why: 'its hour may be one of the morning or of the evening',
    hint: eitherOf(one ?? '', other ?? ''),
  }
}
