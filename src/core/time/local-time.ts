/** The local time of day, with the date where it is not today: `14:05`, `2026-11-23 09:00`. */
export function formatLocalTime(time: Date, now: Date): string {
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`
  return sameDay(time, now) ? clock : `${localDay(time)} ${clock}`
}

/** Local date and time down to the second, for lists of what happened. */
export function formatLocalMoment(time: Date): string {
  return `${localDay(time)} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
}

/** `2026-11-23`. */
export function localDay(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

function sameDay(one: Date, other: Date): boolean {
  return localDay(one) === localDay(other)
}

function two(count: number): string {
  return String(count).padStart(2, '0')
}

/** Local time, and UTC for whoever reads it elsewhere. */
export function formatBothTimes(time: Date, now: Date): string {
  return `${formatLocalTime(time, now)} (${time.toISOString().slice(0, 16)}Z)`
}

/** A moment for a sentence, local and with its distance: `21:06 (in 1m)`, `21:06 (3m ago)`. */
export function formatWhen(time: Date, now: Date): string {
  const clock = formatLocalTime(time, now)
  const away = Math.round((time.getTime() - now.getTime()) / 1000)
  if (away === 0) return `${clock} (now)`
  if (away < 0) return `${clock} (${formatAge(time, now)} ago)`
  return `${clock} (in ${formatAge(now, time)})`
}

/** How long ago, in the largest unit that says enough: `40s`, `3m`, `2h`. */
export function formatAge(moment: Date, now: Date): string {
  const age = Math.max(0, Math.floor((now.getTime() - moment.getTime()) / 1000))
  if (age < 60) return `${age}s`
  return age < 3600 ? `${Math.floor(age / 60)}m` : `${Math.floor(age / 3600)}h`
}
