/** A command line, split into pim's own words and those of the program that it is to run. */
export interface Words {
  readonly own: readonly string[]
  readonly behindDashes: readonly string[]
}

const takingCommands = ['exec', 'sandbox', 'complete']

/** For the commands that run another program, what follows the first `--` is that program's alone. */
export function splitAtDashes(argv: readonly string[]): Words {
  const dashes = argv.indexOf('--')
  if (dashes < 0 || !takingCommands.includes(commandWord(argv.slice(0, dashes)) ?? '')) {
    return { own: argv, behindDashes: [] }
  }
  return { own: argv.slice(0, dashes), behindDashes: argv.slice(dashes + 1) }
}

/** The first word that is neither a flag nor a flag's value. */
export function commandWord(own: readonly string[]): string | undefined {
  return own.find((word, index) => !word.startsWith('-') && own[index - 1] !== '--config')
}
