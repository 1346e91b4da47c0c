import type { PimError } from '../../core/errors.ts'
import { printable, printableJson } from '../../core/printable.ts'
import type { Style } from './style.ts'

interface ErrorOutput {
  readonly write: (text: string) => unknown
  readonly json: boolean
  readonly verbose: boolean
  readonly style: Style
}

/** Says an error once: what happened, to which target, and what to do next. */
export function renderError(error: PimError, { write, json, verbose, style }: ErrorOutput): void {
  if (json) {
    const document = JSON.stringify({ schema: 'pim.error/v1', error: error.toJSON() })
    write(`${printableJson(document)}\n`)
    return
  }
  write(`pim: ${style.error('error')}: ${sentence(error)}\n`)
  if (error.hint !== undefined) write(`pim: hint: ${printable(error.hint)}\n`)
  if (verbose) write(details(error, style))
}

/** The message, led by the target where it does not name it already. */
export function sentence({ target, message }: PimError): string {
  const text = printable(message.replace(/\s*\n\s*/g, ' '))
  if (target === undefined || message.includes(target)) return text
  return `${printable(target)}: ${text}`
}

function details(error: PimError, style: Style): string {
  const { code, status, requestId } = error.provider ?? {}
  const answer = [code, status, requestId].filter((part) => part !== undefined).join(' ')
  const lines = [`code ${error.code}, exit ${error.exitCode}`]
  if (answer !== '') lines.push(`the provider answered ${answer}`)
  if (error.kind === 'unexpected') lines.push(...stackOf(error.cause ?? error))
  return lines.map((line) => `${style.faint(`pim: ${printable(line)}`)}\n`).join('')
}

function stackOf(cause: unknown): readonly string[] {
  return cause instanceof Error ? (cause.stack ?? String(cause)).split('\n') : [String(cause)]
}
