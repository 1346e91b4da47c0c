import { RootCommand, script } from '@bomb.sh/tab'
import type { Command } from 'commander'
import { formatTarget } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { discover } from '../flows/discover.ts'

export const completionShells = ['bash', 'zsh', 'fish', 'powershell'] as const

/** `pim completion SHELL`: a script for the shell to load. */
export function completionCommand(shell: string, { io }: Deps): number {
  for (const line of printedBy(() => script(shell, 'pim', 'pim'))) io.out(line)
  return 0
}

/** The library writes to the console alone; what it says must go the way of every answer. */
function printedBy(print: () => void): readonly string[] {
  const lines: string[] = []
  const { log } = console
  console.log = (line: string) => void lines.push(line)
  try {
    print()
  } finally {
    console.log = log
  }
  return lines
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
  for (const line of printedBy(() => tree.parse([...words]))) deps.io.out(line)
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
