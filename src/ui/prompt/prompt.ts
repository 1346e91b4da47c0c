import { interrupted } from '../../core/errors.ts'
import { Secret } from '../../core/credentials.ts'
import { printable } from '../../core/printable.ts'

/** Asks a person. Only for use where there is one: each question throws `interrupted` when it is left. */
export interface Prompter {
  readonly justification: (recent: readonly string[], question?: string) => Promise<string>
  readonly ticket: (target: string) => Promise<string>
  /** A one-time code that is none of the `spent` ones: a device's codes work once each. */
  readonly mfaCode: (device: string, target: string, spent?: readonly Secret[]) => Promise<Secret>
  /** Something that must not show on the screen. */
  readonly secret: (question: string) => Promise<Secret>
  readonly confirm: (question: string, usual: boolean) => Promise<boolean>
  /** Any number of the choices. */
  readonly pick: (question: string, choices: readonly string[]) => Promise<readonly string[]>
}

export interface Terminal {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly signal: AbortSignal
}

/** What may be asked, in the one or the other form. */
export interface Questions {
  /** A text that is not empty, typed or one of the `recent` ones. */
  readonly text: (question: string, recent: readonly string[]) => Promise<string>
  /** A text that does not show; asked again until `check` gives true, and not what is wrong with it. */
  readonly hidden: (question: string, check: Check) => Promise<string>
  readonly confirm: (question: string, usual: boolean) => Promise<boolean>
  readonly pick: (question: string, choices: readonly string[]) => Promise<readonly string[]>
}

type Check = (answer: string) => true | string

interface PromptDeps extends Terminal {
  /** Whether the terminal can move its cursor. One that cannot is asked line by line. */
  readonly movesCursor: boolean
  /** Keeps everything else off the screen until the question is answered. */
  readonly hold: <Answer>(ask: () => Promise<Answer>) => Promise<Answer>
}

/**
 * Prompts on `output`, which is stderr: stdout stays free for the answer. One question at a time; what
 * it needs is loaded when it is asked.
 */
export function createPrompter({ movesCursor, hold, ...terminal }: PromptDeps): Prompter {
  let asking: Promise<unknown> = Promise.resolve()
  const load = async (): Promise<Questions> =>
    movesCursor
      ? (await import('./cursor-prompt.ts')).cursorQuestions(terminal)
      : (await import('./line-prompt.ts')).lineQuestions(terminal)
  const inTurn = <Answer>(ask: (questions: Questions) => Promise<Answer>): Promise<Answer> => {
    const turn = asking.then(load).then((questions) => {
      if (terminal.signal.aborted) throw interrupted()
      return hold(() => ask(questions))
    })
    asking = turn.catch(() => {})
    return turn
  }
  const hidden = async (question: string, check: Check): Promise<Secret> =>
    new Secret((await inTurn((questions) => questions.hidden(question, check))).trim())
  return {
    justification: (recent, question = 'Why is the access needed?') =>
      inTurn((questions) => questions.text(printable(question), recent)),
    ticket: (target) =>
      inTurn((questions) => questions.text(`Ticket for ${printable(target)}:`, [])),
    mfaCode: (device, target, spent = []) => {
      const code = `ne-time code of ${printable(device)} for ${printable(target)}`
      const question = spent.length === 0 ? `O${code}:` : `Next o${code} (each works once):`
      return hidden(question, (answer) => checkCode(answer.trim(), spent))
    },
    secret: (question) => hidden(printable(question), () => true),
    confirm: (question, usual) =>
      inTurn((questions) => questions.confirm(printable(question), usual)),
    pick: (question, choices) =>
      inTurn((questions) => questions.pick(printable(question), choices)),
  }
}

function checkCode(code: string, spent: readonly Secret[]): true | string {
  if (!/^\d{6}$/.test(code)) return 'six digits are needed'
  const isSpent = spent.some((other) => other.reveal() === code)
  return isSpent ? 'this code was used already; wait for the next one' : true
}
