import { interrupted } from '../core/errors.ts'
import { Secret } from '../core/credentials.ts'
import { printable } from '../core/printable.ts'

/** Asks a person. Only for use where there is one: each question throws `interrupted` when it is left. */
export interface Prompter {
  readonly justification: (recent: readonly string[]) => Promise<string>
  readonly mfaCode: (device: string, target: string) => Promise<Secret>
  /** Any number of the choices, by typing parts of their names. */
  readonly pick: (question: string, choices: readonly string[]) => Promise<readonly string[]>
}

interface Terminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** Prompts on `output`, which is stderr: stdout stays free for the answer. Each library is loaded when it asks. */
export function createPrompter({ input, output, signal }: Terminal): Prompter {
  const context = { input, output, signal, clearPromptOnDone: false }
  let asking: Promise<unknown> = Promise.resolve()
  const inTurn = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const turn = asking.then(ask).catch(left)
    asking = turn.catch(() => {})
    return turn
  }
  return {
    justification: (recent) =>
      inTurn(async () => {
        const { askReason } = await import('./reason.ts')
        return askReason({ message: 'Why is the access needed?', recent }, context)
      }),
    mfaCode: (device, target) =>
      inTurn(async () => {
        const { default: password } = await import('@inquirer/password')
        const message = `One-time code of ${printable(device)} for ${printable(target)}:`
        const validate = (code: string): boolean | string =>
          /^\d{6}$/.test(code.trim()) || 'six digits are needed'
        return new Secret((await password({ message, mask: false, validate }, context)).trim())
      }),
    pick: (question, choices) =>
      inTurn(async () => {
        const { pick } = await import('./pick.ts')
        return pick({ message: question, choices }, context)
      }),
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
