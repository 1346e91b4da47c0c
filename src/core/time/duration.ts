import { PimError } from '../errors.ts'

/** A length of time in whole seconds. */
export interface Duration {
  readonly seconds: number
}

export function seconds(count: number): Duration {
  return { seconds: count }
}

export function minutes(count: number): Duration {
  return seconds(count * 60)
}

export function hours(count: number): Duration {
  return seconds(count * 3600)
}

export function milliseconds(duration: Duration): number {
  return duration.seconds * 1000
}

const shortForm = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/i
const isoForm = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?$/i

/**
 * Reads `45m`, `1h30m`, `90s`, `1d` or ISO 8601 `PT1H30M`. A bare number is refused, since nobody
 * can tell its unit. `what` names the flag or setting in the error.
 */
export function parseDuration(text: string, what = 'duration'): Duration {
  const match = shortForm.exec(text.trim()) ?? isoForm.exec(text.trim())
  const parts = match?.slice(1).map((part) => Number(part ?? 0)) ?? []
  const [d = 0, h = 0, m = 0, s = 0] = parts
  const total = d * 86_400 + h * 3600 + m * 60 + s
  if (total > 0) return seconds(total)
  throw new PimError(
    'usage',
    'invalid-duration',
    `${what} ${JSON.stringify(text)} is not a length of time`,
    {
      hint: /^\d+$/.test(text.trim()) ? unitHint(text.trim()) : anyForm,
    },
  )
}

const anyForm = 'write `45m`, `1h30m` or `PT1H30M`'

/** The units with which a bare number would be a length that somebody may have meant. */
function unitHint(text: string): string {
  const count = Number(text)
  if (count === 0) return anyForm
  const likely = [count <= 24 && 'h', count < 900 && 'm', count >= 900 && 's'].filter(
    (unit) => unit !== false,
  )
  return `a bare number has no unit: write ${likely.map((unit) => `\`${text}${unit}\``).join(' or ')}`
}

/** `1h30m`, `45m`, `90s`: the largest units first, nothing that is zero. */
export function formatDuration(duration: Duration): string {
  const parts = split(duration)
  const text = parts.map(([count, unit]) => (count > 0 ? `${count}${unit}` : '')).join('')
  return text === '' ? '0s' : text
}

/** ISO 8601, as in `PT1H30M`. */
export function toIsoDuration(duration: Duration): string {
  const [[d], ...time] = split(duration)
  const date = d > 0 ? `${d}D` : ''
  const clock = time
    .map(([count, unit]) => (count > 0 ? `${count}${unit.toUpperCase()}` : ''))
    .join('')
  if (date === '' && clock === '') return 'PT0S'
  return `P${date}${clock === '' ? '' : `T${clock}`}`
}

/** What is left until `end`, rounded for people: to minutes above two minutes, seconds below. */
export function formatRemaining(end: Date, now: Date): string {
  const left = Math.max(0, Math.floor((end.getTime() - now.getTime()) / 1000))
  return formatDuration(seconds(left >= 120 ? Math.round(left / 60) * 60 : left))
}

export function shorter(one: Duration, other: Duration): Duration {
  return one.seconds <= other.seconds ? one : other
}

export function after(start: Date, duration: Duration): Date {
  return new Date(start.getTime() + milliseconds(duration))
}

type Parts = [[number, 'd'], [number, 'h'], [number, 'm'], [number, 's']]

function split({ seconds: total }: Duration): Parts {
  return [
    [Math.floor(total / 86_400), 'd'],
    [Math.floor((total % 86_400) / 3600), 'h'],
    [Math.floor((total % 3600) / 60), 'm'],
    [Math.floor(total % 60), 's'],
  ]
}
