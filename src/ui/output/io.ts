import type { PimError } from '../../core/errors.ts'
import { printable, printableJson } from '../../core/printable.ts'
import { renderError } from './error.ts'
import type { Style } from './style.ts'

/**
 * The only way to say anything. stdout is the answer, stderr the conversation:
 * - `out` and `json` write the answer, untouched by `--quiet`;
 * - `note` says what was done, and is silent under `--quiet` and `--json`;
 * - `warn` is heard even then;
 * - `detail` is heard under `--verbose` only;
 * - `notice` tells who sits at the terminal of something that comes, and `ring` rings its bell: silent
 *   under `--quiet`, and where stderr is no terminal.
 * What goes to stderr is made `printable` here: no name that a line holds reaches the terminal as it is. For
 * `out` this is the caller's, since a script or a table has lines of its own.
 */
export interface Io {
  readonly out: (line: string) => void
  readonly json: (document: unknown, form?: 'document' | 'line') => void
  readonly note: (line: string) => void
  readonly warn: (line: string) => void
  readonly detail: (line: string) => void
  readonly error: (error: PimError) => void
  readonly notice: (line: string) => void
  readonly ring: () => void
  /** How many cells a line of the terminal has that the answer goes to; undefined where it goes elsewhere. */
  readonly width: () => number | undefined
  readonly wantsJson: boolean
  readonly style: Style
}

interface Streams {
  readonly stdout: {
    readonly write: (text: string) => void
    readonly columns?: number | undefined
  }
  readonly stderr: { readonly write: (text: string) => void; readonly isTerminal: boolean }
}

interface Manner {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

const bell = '\u0007'

export function createIo({ stdout, stderr }: Streams, manner: Manner, style: Style): Io {
  const say = (line: string): void => stderr.write(`${line}\n`)
  const hasListener = (): boolean => !manner.quiet && stderr.isTerminal
  return {
    out: (line) => stdout.write(`${line}\n`),
    json: (document, form = 'document') =>
      stdout.write(
        `${printableJson(JSON.stringify(document, undefined, form === 'line' ? 0 : 2))}\n`,
      ),
    note: (line) => {
      if (!manner.quiet && !manner.json) say(`pim: ${printable(line)}`)
    },
    warn: (line) => say(`pim: ${style.warning('warning')}: ${printable(line)}`),
    detail: (line) => {
      if (manner.verbose) say(style.faint(`pim: ${printable(line)}`))
    },
    error: (error) => renderError(error, { write: stderr.write, ...manner, style }),
    notice: (line) => {
      if (hasListener()) say(`pim: ${style.warning(printable(line))}`)
    },
    ring: () => {
      if (hasListener()) stderr.write(bell)
    },
    width: () => stdout.columns,
    wantsJson: manner.json,
    style,
  }
}
