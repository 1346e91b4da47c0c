interface Output {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly isAbandoned: boolean
  readonly columns?: number | undefined
}

/** The terminal as something that one question has to itself. */
export interface Screen {
  /** Keeps what is written to the terminal until the question is answered, and shows it then. */
  readonly hold: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>
  /** Shows what was kept, though a question is still open: it will not be answered. */
  readonly release: () => void
  /** The same output, which gives way to questions where it is a terminal. */
  readonly behind: (output: Output) => Output
}

export function createScreen(): Screen {
  let open = 0
  let kept: (() => void)[] = []
  const show = (): void => {
    const writes = kept
    kept = []
    for (const write of writes) write()
  }
  return {
    hold: async (ask) => {
      open += 1
      try {
        return await ask()
      } finally {
        open = Math.max(0, open - 1)
        if (open === 0) show()
      }
    },
    release: () => {
      open = 0
      show()
    },
    behind: (output) => ({
      write: (text) => {
        if (open > 0 && output.isTerminal) kept.push(() => output.write(text))
        else output.write(text)
      },
      get isTerminal() {
        return output.isTerminal
      },
      get isAbandoned() {
        return output.isAbandoned
      },
      get columns() {
        return output.columns
      },
    }),
  }
}
