/** Who holds a flight, as far as it left word: for the message shown to those who wait. */
export interface FlightHolder {
  readonly pid: number
  readonly command: string
  readonly since: Date
}

export interface FlightOptions {
  readonly signal: AbortSignal
  /** How long to wait for each process that is at work before giving up with `unavailable`, `flight-timeout`. */
  readonly patienceSeconds: number
  /** Called once, when another process is found at work on the same key. */
  readonly onWait?: (holder: FlightHolder | undefined) => void
  /** What is asked for, and with which means: whoever waits with the same shares a refusal. */
  readonly sharesRefusals?: string
  /** Whether we have input of our own, as a one-time code: a refusal that is owed to another's is not ours then. */
  readonly hasOwnInput?: boolean
}

/**
 * Single flight across processes. For one key, one process at a time does the work; the others wait.
 * Among those that share refusals: when the holder ended with one (`PimError` of kind `refused`,
 * `sign-in`, `unavailable` or `usage`), those that were waiting get that same error instead of asking
 * again, unless it is owed to the holder's own input and they have theirs. When it succeeded, each runs
 * its own `work`, which looks for the result first. A holder that dies lets go at once.
 */
export interface Flights {
  readonly run: <T>(key: string, options: FlightOptions, work: () => Promise<T>) => Promise<T>
}
