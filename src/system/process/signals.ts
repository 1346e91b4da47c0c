import { constants } from 'node:os'

type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT' | 'SIGUSR1' | 'SIGUSR2'

/** What ends a program in a terminal, a pipeline or a service. */
const ending: readonly Signal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']

/** What a program gives a meaning of its own; pim has none for them. */
const free: readonly Signal[] = ['SIGUSR1', 'SIGUSR2']

/** The kernel sends these to everything in the foreground of a terminal, a child included. */
export const sentByTerminal: readonly Signal[] = ['SIGINT', 'SIGQUIT']

/** What a signal does: as a rule it aborts what is under way; while a child runs, the child gets it. */
export interface Signals {
  readonly aborted: AbortSignal
  /** Hands every signal to `handler` until the returned function is called. */
  readonly takeOver: (handler: (signal: Signal) => void) => () => void
}

/**
 * Listens to signals from the moment somebody cares. Before it they end the program at once, as they
 * should where it only prints; `SIGUSR1` alone does nothing from the first line of `bin/pim.js` on.
 */
export function listenToSignals(process: NodeJS.Process): Signals {
  const controller = new AbortController()
  const abort = (signal: Signal): void => {
    if (!free.includes(signal)) controller.abort()
  }
  let handle = abort
  let isListening = false
  const listen = (): void => {
    if (isListening) return
    isListening = true
    for (const signal of [...ending, ...free]) process.on(signal, () => handle(signal))
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
