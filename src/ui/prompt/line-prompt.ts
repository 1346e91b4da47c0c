import { printable } from '../../core/printable.ts'
import { readHiddenLine, readLine } from './line-input.ts'
import { matching } from './matching.ts'
import type { Questions, Terminal } from './prompt.ts'

/**
 * Questions for a terminal that cannot move its cursor, as an Emacs shell or a serial line: each is
 * written once, and answered by a line.
 */
export function lineQuestions({ input, output, signal }: Terminal): Questions {
  const say = (line: string): void => void output.write(`${line}\n`)
  const ask = async (question: string): Promise<string> => {
    output.write(`${question} `)
    return (await readLine(input, signal)).trim()
  }
  return {
    text: (question, recent) => askText(question, recent.slice(0, offeredAtMost), { say, ask }),
    hidden: async (question, check) => {
      for (;;) {
        output.write(`${question} `)
        const answer = await readHiddenLine(input, signal)
        // The Enter did not show either.
        say('')
        const checked = check(answer)
        if (checked === true) return answer
        say(checked)
      }
    },
    confirm: async (question, usual) => {
      for (;;) {
        const answer = await ask(`${question} (${usual ? 'Y/n' : 'y/N'})`)
        if (answer === '') return usual
        if (/^y(es)?$/i.test(answer)) return true
        if (/^no?$/i.test(answer)) return false
        say('answer y or n')
      }
    },
    pick: (question, choices) => askChoices(question, choices, { say, ask }),
  }
}

interface Lines {
  readonly say: (line: string) => void
  readonly ask: (question: string) => Promise<string>
}

const offeredAtMost = 5

async function askText(
  question: string,
  offered: readonly string[],
  { say, ask }: Lines,
): Promise<string> {
  if (offered.length > 0) {
    say('Given before:')
    sayNumbered(offered, say)
  }
  const how = offered.length > 0 ? ' (a text, or a number from above)' : ''
  for (;;) {
    const answer = await ask(`${question}${how}`)
    if (answer !== '') return (isNumber(answer) ? offered[Number(answer) - 1] : undefined) ?? answer
    say('an empty answer is none')
  }
}

const shownAtMost = 50

async function askChoices(
  question: string,
  choices: readonly string[],
  { say, ask }: Lines,
): Promise<readonly string[]> {
  let shown = choices
  for (;;) {
    const listed = shown.slice(0, shownAtMost)
    sayNumbered(listed, say)
    if (shown.length > listed.length) {
      say(`  and ${shown.length - listed.length} more: type a part of the name`)
    }
    const narrowed = await askNumbers(question, listed, choices, { say, ask })
    if (narrowed.kind === 'chosen') return narrowed.choices
    shown = narrowed.choices
  }
}

interface Narrowed {
  readonly kind: 'chosen' | 'matching'
  readonly choices: readonly string[]
}

/** Numbers choose, a whole name does too, and a part of one shows those that hold it. */
async function askNumbers(
  question: string,
  listed: readonly string[],
  choices: readonly string[],
  { say, ask }: Lines,
): Promise<Narrowed> {
  for (;;) {
    const answer = await ask(`${question} (numbers as in 1 3, or a part of a name):`)
    const numbers = answer.split(/[\s,]+/).filter((word) => word !== '')
    if (numbers.length > 0 && numbers.every(isNumber)) {
      const chosen = numbers.map((number) => listed[Number(number) - 1])
      const known = chosen.filter((choice) => choice !== undefined)
      if (known.length === chosen.length) return { kind: 'chosen', choices: [...new Set(known)] }
      say(`there is only 1 to ${listed.length}`)
      continue
    }
    const named = choices.filter((choice) => choice.toLowerCase() === answer.toLowerCase())
    if (named.length === 1) return { kind: 'chosen', choices: named }
    const found = matching(choices, answer)
    if (found.length > 0) return { kind: 'matching', choices: found }
    say('no match')
  }
}

function sayNumbered(choices: readonly string[], say: Lines['say']): void {
  for (const [index, choice] of choices.entries()) {
    say(`${String(index + 1).padStart(3)}) ${printable(choice)}`)
  }
}

function isNumber(text: string): boolean {
  return /^\d{1,4}$/.test(text)
}
