import { constants } from 'node:os'

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const heard: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** What a signal does: as a rule it aborts what is under way; while a child runs, the child gets it. */
export interface Signals {
  readonly aborted: AbortSignal
  /** Hands every signal to `handler` until the returned function is called. */
  readonly takeOver: (handler: (signal: Signal) => void) => () => void
}

/**
 * Listens to the signals that end a program in a terminal, a pipeline or a service, from the moment
 * somebody cares. Before it they end the program at once, as they should where it only prints.
 */
export function listenToSignals(process: NodeJS.Process): Signals {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  let handle: (signal: Signal) => void = abort
  let isListening = false
  const listen = (): void => {
    if (isListening) return
    isListening = true
    for (const signal of heard) process.on(signal, () => handle(signal))
  }
  return {
    get aborted() {
      listen()
      return controller.signal
    },
    takeOver: (handler) => {
      listen()
      handle = handler
      return () => {
        handle = abort
      }
    },
  }
}

/** The exit code by which a shell reports that a signal ended a program. */
export function exitCodeOfSignal(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals
  return 128 + (numbers[signal] ?? 0)
}
