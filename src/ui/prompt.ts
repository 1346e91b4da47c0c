import { interrupted } from '../core/errors.ts'
import { Secret } from '../core/credentials.ts'
import { printable } from '../core/printable.ts'

/** Asks a person. Only for use where there is one: each question throws `interrupted` when it is left. */
export interface Prompter {
  readonly justification: (recent: readonly string[], question?: string) => Promise<string>
  readonly mfaCode: (device: string, target: string) => Promise<Secret>
  /** Something that must not show on the screen. */
  readonly secret: (question: string) => Promise<Secret>
  readonly confirm: (question: string, usual: boolean) => Promise<boolean>
  /** Any number of the choices, by typing parts of their names. */
  readonly pick: (question: string, choices: readonly string[]) => Promise<readonly string[]>
}

interface Terminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly signal: AbortSignal
}

interface Context extends Terminal {
  readonly clearPromptOnDone: boolean
}

/** Puts a question on the screen. */
type Ask<Answer> = (context: Context) => Promise<Answer>

/** Prompts on `output`, which is stderr: stdout stays free for the answer. Each library is loaded when it asks. */
export function createPrompter(terminal: Terminal): Prompter {
  let asking: Promise<unknown> = Promise.resolve()
  const inTurn = <Answer>(load: () => Promise<Ask<Answer>>): Promise<Answer> => {
    const turn = asking.then(load).then((ask) => answered(ask, terminal))
    asking = turn.catch(() => {})
    return turn
  }
  return {
    justification: (recent, question = 'Why is the access needed?') =>
      inTurn(async () => {
        const { askReason } = await import('./reason.ts')
        return (context) => askReason({ message: question, recent }, context)
      }),
    mfaCode: async (device, target) => {
      const message = `One-time code of ${printable(device)} for ${printable(target)}:`
      const code = await inTurn(async () => {
        const { default: password } = await import('@inquirer/password')
        return (context) => password({ message, mask: false, validate: isCode }, context)
      })
      return new Secret(code.trim())
    },
    secret: async (question) => {
      const answer = await inTurn(async () => {
        const { default: password } = await import('@inquirer/password')
        return (context) => password({ message: question, mask: false }, context)
      })
      return new Secret(answer.trim())
    },
    confirm: (question, usual) =>
      inTurn(async () => {
        const { default: confirm } = await import('@inquirer/confirm')
        return (context) => confirm({ message: question, default: usual }, context)
      }),
    pick: (question, choices) =>
      inTurn(async () => {
        const { pick } = await import('./pick.ts')
        return (context) => pick({ message: question, choices }, context)
      }),
  }
}

function isCode(code: string): boolean | string {
  return /^\d{6}$/.test(code.trim()) || 'six digits are needed'
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
