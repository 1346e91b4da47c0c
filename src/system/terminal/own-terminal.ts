import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'

const place = '/dev/tty'

/**
 * Whether this process can ask a person at its terminal though stdin is none: it has one, and is in its
 * foreground. In the background the first key that is read would stop it; and who gives it `/dev/null`
 * says that nobody is to be asked.
 */
export function hasOwnTerminal(platform: NodeJS.Platform): boolean {
  if (platform === 'win32' || hasNoInput() || isInBackground()) return false
  try {
    closeSync(openSync(place, 'r'))
    return true
  } catch {
    return false
  }
}

/** Whether stdin is `/dev/null`: of devices, only a terminal has something to read. */
function hasNoInput(): boolean {
  try {
    return fstatSync(0).isCharacterDevice()
  } catch {
    return false
  }
}

/** A descriptor that reads the keys of that terminal. */
export function openOwnTerminal(): number {
  return openSync(place, 'r')
}

/** Linux says which process group has the terminal; elsewhere nobody is known to be in the background. */
function isInBackground(): boolean {
  try {
    // The name of the program stands in brackets, and may hold any sign.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\)/s, '')
      .trim()
      .split(' ')
    return group !== foreground
  } catch {
    return false
  }
}
