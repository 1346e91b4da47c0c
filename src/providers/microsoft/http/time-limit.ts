/** A time limit whose clock stands still while the provider itself asked to wait. */
export interface TimeLimit {
  readonly signal: AbortSignal
  readonly outside: <Result>(wait: () => Promise<Result>) => Promise<Result>
  readonly end: () => void
}

export function startTimeLimit(milliseconds: number): TimeLimit {
  const over = new AbortController()
  let left = milliseconds
  let startedAt = 0
  let timer: NodeJS.Timeout | undefined
  const start = (): void => {
    startedAt = performance.now()
    timer = setTimeout(() => over.abort(), left)
  }
  const stop = (): void => {
    clearTimeout(timer)
    left -= performance.now() - startedAt
  }
  start()
  return {
    signal: over.signal,
    outside: async (wait) => {
      stop()
      try {
        return await wait()
      } finally {
        start()
      }
    },
    end: stop,
  }
}
