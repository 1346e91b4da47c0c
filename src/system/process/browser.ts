import { spawn } from 'node:child_process'
import { PimError } from '../../core/errors.ts'
import { systemReason } from '../../core/system-error.ts'
import { withoutSecrets } from '../../core/session.ts'

export interface BrowserPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
}

/**
 * Opens an address in the person's browser and lets go of it. Throws `sign-in` (`no-browser`) where
 * there is none, or where it ends at once with an error. The address is in no error: it may be secret.
 */
export async function openBrowser(url: string, place: BrowserPlace): Promise<void> {
  const isWeb = /^https?:$/.test(URL.parse(url)?.protocol ?? '')
  if (!isWeb) throw noBrowser('the address is no web address')
  const { file, args } = browserOf(place)
  await start(file, [...args, url], place)
}

interface Program {
  readonly file: string
  readonly args: readonly string[]
}

function browserOf({ env, platform }: BrowserPlace): Program {
  const chosen = env.BROWSER?.trim()
  if (chosen !== undefined && chosen !== '') return { file: chosen, args: [] }
  if (platform === 'darwin') return { file: 'open', args: [] }
  // `start` belongs to the shell, which would take an address apart at its `&`.
  if (platform === 'win32') return { file: 'rundll32', args: ['url.dll,FileProtocolHandler'] }
  if (env.DISPLAY || env.WAYLAND_DISPLAY) return { file: 'xdg-open', args: [] }
  throw noBrowser('no browser was found on this machine')
}

/** By then a program has either failed or opened something. */
const patienceMs = 1500

function start(file: string, args: readonly string[], { env }: BrowserPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...withoutSecrets(env) },
      detached: true,
      stdio: 'ignore',
    })
    const timer = setTimeout(resolve, patienceMs)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(noBrowser(`\`${file}\` cannot be run: ${systemReason(error)}`))
    })
    child.once('exit', (exitCode, signal) => {
      clearTimeout(timer)
      if (exitCode === 0) resolve()
      else reject(noBrowser(`\`${file}\` ended with ${exitCode ?? signal ?? 'an error'}`))
    })
    child.unref()
  })
}

function noBrowser(message: string): PimError {
  return new PimError('sign-in', 'no-browser', `no browser could be opened: ${message}`, {
    hint: 'set BROWSER to a program that opens web addresses, or sign in on another device with `pim login azure --device-code`',
  })
}
