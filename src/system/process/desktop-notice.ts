import { execa } from 'execa'
import { PimError } from '../../core/errors.ts'
import { systemReason } from '../../core/system-error.ts'
import type { DesktopNotice } from '../../core/notice.ts'

export interface DesktopPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
}

/** A desktop that does not answer is not waited for. */
const limitMs = 5000

/**
 * Shows a notice on the person's desktop, through the desktop's own program and no shell. Throws
 * `unavailable`, `no-desktop-notice` where there is no desktop, or it does not take the notice.
 */
export async function showOnDesktop(notice: DesktopNotice, place: DesktopPlace): Promise<void> {
  const { file, args } = programFor(notice, place)
  const { failed, timedOut, cause, exitCode } = await execa(file, args, {
    env: surroundings(place),
    extendEnv: false,
    stdio: 'ignore',
    timeout: limitMs,
    reject: false,
    preferLocal: false,
  })
  if (!failed) return
  throw noNotice(`\`${file}\` ${timedOut ? 'did not end in time' : endOf(exitCode, cause)}`)
}

function endOf(exitCode: number | undefined, cause: unknown): string {
  if (exitCode !== undefined) return `ended with exit code ${exitCode}`
  return cause === undefined ? 'was ended by a signal' : `cannot be run: ${systemReason(cause)}`
}

interface Program {
  readonly file: string
  readonly args: readonly string[]
}

function programFor({ title, body }: DesktopNotice, { env, platform }: DesktopPlace): Program {
  // Who came over the network sees another screen than this machine's.
  if (env.SSH_CONNECTION) throw noNotice('this terminal came over ssh')
  if (platform === 'darwin') return { file: 'osascript', args: [...appleScript, title, body] }
  const hasScreen = Boolean(env.DISPLAY || env.WAYLAND_DISPLAY)
  const hasBus = Boolean(env.DBUS_SESSION_BUS_ADDRESS || env.XDG_RUNTIME_DIR)
  if (platform === 'win32' || !hasScreen || !hasBus) throw noNotice('there is no desktop here')
  return { file: 'notify-send', args: ['--app-name=pim', '--', title, asBody(body)] }
}

/** The words are arguments of the script, and never a part of it. */
const appleScript = [
  'on run argv',
  'display notification (item 2 of argv) with title (item 1 of argv)',
  'end run',
].flatMap((line) => ['-e', line])

/** A body is markup to the desktop, and before that `notify-send` reads `\n`, `\033` and the like in it. */
function asBody(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\\', '\\\\')
}

const needed = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'XDG_RUNTIME_DIR',
  'DBUS_SESSION_BUS_ADDRESS',
]

/** What shows a notice has no use for credentials. */
function surroundings({ env }: DesktopPlace): Readonly<Record<string, string>> {
  return Object.fromEntries(
    needed.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function noNotice(why: string): PimError {
  return new PimError('unavailable', 'no-desktop-notice', `no desktop notice: ${why}`, {
    hint: '`pim config set notice.by bell` leaves it at the terminal',
  })
}
