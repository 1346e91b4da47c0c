import { RootCommand, script } from '@bomb.sh/tab'
import type { Command } from 'commander'
import { formatTarget } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { discover } from '../flows/discover.ts'

export const completionShells = ['bash', 'zsh', 'fish', 'powershell'] as const

/** `pim completion SHELL`: a script for the shell to load. */
export function completionCommand(shell: string): number {
  script(shell, 'pim', 'pim')
  return 0
}

/** `pim complete -- words…`: what the script asks at each Tab. Whatever fails leaves no suggestion. */
export async function completeCommand(
  words: readonly string[],
  program: Command,
  deps: Deps,
): Promise<number> {
  const names = await targetNames(deps)
  const tree = new RootCommand()
  addFlags(program, tree)
  for (const command of visible(program)) addCommand(command, command.name(), tree, names)
  tree.parse([...words])
  return 0
}

async function targetNames(deps: Deps): Promise<readonly string[]> {
  try {
    const [{ targets }, { aliases }] = await Promise.all([discover(deps), deps.settings()])
    return [...targets.map(formatTarget), ...Object.keys(aliases)]
  } catch {
    return []
  }
}

type Branch = ReturnType<RootCommand['command']>

function addCommand(
  command: Command,
  path: string,
  tree: RootCommand,
  targets: readonly string[],
): void {
  const branch = tree.command(path, command.description())
  addFlags(command, branch)
  for (const argument of command.registeredArguments) {
    const values = /^targets?$/.test(argument.name()) ? targets : (argument.argChoices ?? [])
    branch.argument(
      argument.name(),
      (complete) => values.forEach((value) => complete(value, '')),
      argument.variadic,
    )
  }
  for (const inner of visible(command)) addCommand(inner, `${path} ${inner.name()}`, tree, targets)
}

function addFlags(command: Command, branch: Branch): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long?.replace(/^--/, '') ?? ''
    const short = option.short?.replace(/^-/, '')
    const values = option.argChoices ?? []
    if (option.isBoolean() || option.negate) {
      if (short === undefined) branch.option(name, option.description)
      else branch.option(name, option.description, short)
    } else {
      branch.option(
        name,
        option.description,
        (complete) => values.forEach((value) => complete(value, '')),
        short,
      )
    }
  }
}

function visible(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command)
}
