import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** The keys of a terminal, until they are closed. */
export interface Keys {
  /** The first key that is pressed before the time is over; undefined where there is none. */
  readonly next: (milliseconds: number, signal: AbortSignal) => Promise<string | undefined>
  /** Gives the terminal back as it was. */
  readonly close: () => void
}

const leaving = ['\u0003', '\u0004', '\u001C']

/**
 * Takes a terminal's keys one by one, without showing them, until `close`. A terminal in this state sends
 * no signals for keys, so Ctrl-C is heard here: `leave` is called for it, for Ctrl-D and Ctrl-\, and when
 * the terminal is gone. Ctrl-Z and coming back from it are the library's.
 */
export function openKeys(input: NodeJS.ReadStream, leave: () => void): Keys {
  const keys = createInterface({ input, terminal: true, historySize: 0, escapeCodeTimeout: 50 })
  let pressed: string | undefined
  let wake = (): void => {}
  const onKey = (text: string | undefined, { sequence = text }: { readonly sequence?: string }) => {
    if (sequence !== undefined && leaving.includes(sequence)) leave()
    // A terminal that sends whole lines sends an Enter behind each key.
    else if (text !== '\r' && text !== '\n') pressed = text
    wake()
  }
  // What comes back from the background is paused, and would hear nothing.
  const onReturn = (): void => void keys.resume()
  input.on('keypress', onKey)
  keys.on('close', leave)
  // Without a listener the library would close itself.
  keys.on('SIGINT', () => {})
  keys.on('SIGCONT', onReturn)
  return {
    next: async (milliseconds, signal) => {
      const awake = new AbortController()
      wake = () => awake.abort()
      if (pressed === undefined) {
        const either = AbortSignal.any([signal, awake.signal])
        await delay(milliseconds, undefined, { signal: either }).catch(() => {})
      }
      const key = pressed
      pressed = undefined
      return key
    },
    close: () => {
      input.off('keypress', onKey)
      keys.off('close', leave)
      keys.close()
    },
  }
}
