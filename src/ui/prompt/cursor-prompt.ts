import { interrupted } from '../../core/errors.ts'
import type { Questions, Terminal } from './prompt.ts'

interface Context extends Terminal {
  readonly clearPromptOnDone: boolean
}

/** Puts a question on the screen. */
type Ask<Answer> = (context: Context) => Promise<Answer>

/** Questions that redraw themselves while they are answered. Each library is loaded when it asks. */
export function cursorQuestions(terminal: Terminal): Questions {
  const answer = <Answer>(ask: Ask<Answer>): Promise<Answer> => answered(ask, terminal)
  return {
    text: async (question, recent) => {
      const { askReason } = await import('./reason.ts')
      return answer((context) => askReason({ message: question, recent }, context))
    },
    hidden: async (question, check) => {
      const { default: password } = await import('@inquirer/password')
      return answer((context) =>
        password({ message: question, mask: false, validate: check }, context),
      )
    },
    confirm: async (question, usual) => {
      const { default: confirm } = await import('@inquirer/confirm')
      return answer((context) => confirm({ message: question, default: usual }, context))
    },
    pick: async (question, choices) => {
      const { pick } = await import('./pick.ts')
      return answer((context) => pick({ message: question, choices }, context))
    },
  }
}

/**
 * The answer, or `interrupted`. The library does not end a question that Ctrl-D or a lost terminal has
 * closed; all there is to see is that nothing is read any more.
 */
async function answered<Answer>(
  ask: Ask<Answer>,
  { input, output, signal }: Terminal,
): Promise<Answer> {
  const closed = new AbortController()
  // What came back from the background (Ctrl-Z, `fg`) is paused too, but has the keys to itself again.
  const onPause = (): void =>
    queueMicrotask(() => (input.isRaw ? void input.resume() : closed.abort()))
  input.on('pause', onPause)
  try {
    const either = AbortSignal.any([signal, closed.signal])
    return await ask({ input, output, signal: either, clearPromptOnDone: false })
  } catch (error) {
    return left(error)
  } finally {
    input.off('pause', onPause)
  }
}

function left(error: unknown): never {
  if (
    error instanceof Error &&
    /^(ExitPromptError|AbortPromptError|AbortError)$/.test(error.name)
  ) {
    throw interrupted(error)
  }
  throw error
}
