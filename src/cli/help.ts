import type { Argument, Command, Option } from 'commander'
import { PimError } from '../core/errors.ts'
import { nearestWord } from '../core/nearest.ts'
import { printable } from '../core/printable.ts'

/** The headings of the commands in `pim --help`, in the order of the files in `program.ts`. */
export const elevateGroup = 'Elevate:'
export const approveGroup = 'Approve:'
export const lookGroup = 'Look:'
export const accountGroup = 'Account:'
export const settingsGroup = 'Settings:'
export const diagnoseGroup = 'Diagnose:'

export const waitHelp = 'When to return: once requested, once active, or once usable'

/**
 * `help [command...]` below a command. commander's own takes a word that it does not know for none,
 * and says that all is well.
 */
export function addHelp(parent: Command): void {
  const help = parent.command('help')
  if (parent.parent === null) help.helpGroup(diagnoseGroup)
  help
    .argument('[command...]', 'Command to describe')
    .description('Print help for a command')
    .action((words: readonly string[]) => {
      words.reduce(innerCommand, parent).help()
    })
}

function innerCommand(parent: Command, word: string): Command {
  const found = parent.commands.find(
    (command) => command.name() === word || command.aliases().includes(word),
  )
  if (found === undefined) throw unknownCommand(word, parent)
  return found
}

/** For a word that should have been a command below this one. */
export function unknownCommand(word: string, parent: Command): PimError {
  const near = nearestWord(
    word,
    parent
      .createHelp()
      .visibleCommands(parent)
      .map((command) => command.name()),
  )
  const meant = near === undefined ? '' : `did you mean \`${near}\`? `
  return new PimError('usage', 'invalid-usage', `unknown command '${printable(word)}'`, {
    hint: `${meant}${meant === '' ? 'see' : 'See'} \`--help\``,
  })
}

/** Limits what may stand there, and says in our words what that is. */
export function oneOf<Place extends Argument | Option>(
  place: Place,
  name: string,
  choices: readonly string[],
): Place {
  place.choices(choices).argParser((word) => {
    if (choices.includes(word)) return word
    throw new PimError('usage', 'invalid-usage', `unknown ${name} \`${printable(word)}\``, {
      hint: `it is one of ${choices.join(', ')}`,
    })
  })
  return place
}
