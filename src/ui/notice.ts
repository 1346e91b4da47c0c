import { formatRemaining } from '../core/time/duration.ts'
import { locally, type Elevation } from '../core/elevation/elevation.ts'
import type { DesktopNotice } from '../core/notice.ts'
import { printable, typed } from '../core/printable.ts'
import { formatLocalTime } from '../core/time/local-time.ts'

/** What a person is told of an end that comes: a line of a terminal, and the same for a desktop. */
export interface NoticeWords {
  readonly line: string
  readonly desktop: DesktopNotice
}

/** For who looks on: `offer` is the key that extends it, where one does. */
export function endingWords(elevation: Elevation, now: Date, offer?: string): NoticeWords {
  const command = `\`pim extend ${typed(elevation.target)}\` makes it last longer`
  const key = `press ${offer} to extend it`
  return words(elevation, offer === undefined ? command : key, command, now)
}

/** For who runs a command with the right: the command has it for as long as the person. */
export function lentRightWords(elevation: Elevation, now: Date): NoticeWords {
  const command = `\`pim extend ${typed(elevation.target)}\` in another terminal makes it last longer, for the running command too`
  return words(elevation, command, command, now)
}

/** For who runs a command with a session's keys, which nothing prolongs. */
export function lentSessionWords(
  elevation: Elevation,
  next: Elevation | undefined,
  now: Date,
): NoticeWords {
  const keeps = 'the running command keeps the credentials it was given, which end then'
  const serves = 'new commands'
  const more =
    next === undefined
      ? `\`pim extend ${typed(elevation.target)}\` in another terminal serves ${serves}`
      : `the new session until ${clock(next, now)} serves ${serves}`
  const text = `${keeps}; ${more}`
  return words(elevation, text, text, now)
}

function words(elevation: Elevation, forTerminal: string, body: string, now: Date): NoticeWords {
  const left = formatRemaining(locally(elevation.expiresAt, elevation), now)
  const until = `ends at ${clock(elevation, now)} (${left} left)`
  const target = printable(elevation.target)
  return {
    line: `\`${target}\` ${until}; ${forTerminal}`,
    desktop: { title: `${target} ${until}`, body },
  }
}

function clock(elevation: Elevation, now: Date): string {
  return formatLocalTime(locally(elevation.expiresAt, elevation), now)
}
