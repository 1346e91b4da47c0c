import type { Command, Option } from 'commander'
import { auditEventNames } from '../../core/audit/audit.ts'
import { printable } from '../../core/printable.ts'
import { choicesOf, settingKeys } from '../../core/settings/setting-keys.ts'
import { formatTarget, providerIds } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { discoverKnown } from '../../flows/discover/discover.ts'
import { completionScript, type CompletionShell } from '../../ui/completion.ts'

/** `pim completion SHELL`: a script for the shell to load. */
export function completionCommand(shell: CompletionShell, { io }: Deps): number {
  const script = completionScript(shell)
  if (io.wantsJson) io.json({ schema: 'pim.completion/v1', shell, script })
  else io.out(script)
  return 0
}

/** `pim complete -- words…`: what the script asks at each Tab. Whatever fails leaves no suggestion. */
export async function completeCommand(
  words: readonly string[],
  program: Command,
  deps: Deps,
): Promise<number> {
  const word = words.at(-1) ?? ''
  const suggestions = await suggest(words.slice(0, -1), word, program, deps)
  for (const { value, description } of suggestions) {
    if (!value.startsWith(word) || printable(value) !== value) continue
    deps.io.out(description === '' ? value : `${value}\t${printable(description)}`)
  }
  return 0
}

interface Suggestion {
  readonly value: string
  readonly description: string
}

const plain = (value: string): Suggestion => ({ value, description: '' })

/** What may stand where the cursor is: a flag's value, a flag, a command, or an argument. */
async function suggest(
  before: readonly string[],
  word: string,
  program: Command,
  deps: Deps,
): Promise<readonly Suggestion[]> {
  if (before.includes('--')) return []
  const { command, rest } = descend(program, before)
  const options = [...optionsOf(command), ...globals(command, program)]
  const last = options.find((option) => isFlag(option, before.at(-1)))
  if (last !== undefined && !last.isBoolean() && !last.negate) return valuesOf(last, deps)
  if (word.startsWith('-')) return flags(options)
  const commands = rest.length === 0 ? inner(command) : []
  return [...commands, ...(await argumentsOf(command, rest, deps))]
}

/** The innermost command that the words name, and the words that are its arguments. */
function descend(
  program: Command,
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[] } {
  let command = program
  const rest: string[] = []
  for (const [index, word] of words.entries()) {
    const option = program.options
      .concat(optionsOf(command))
      .find((known) => isFlag(known, words[index - 1]))
    const isValue = option !== undefined && !option.isBoolean() && !option.negate
    if (word.startsWith('-') || isValue) continue
    const next = rest.length > 0 ? undefined : named(command, word)
    if (next === undefined) rest.push(word)
    else command = next
  }
  return { command, rest }
}

/** The options of a command, and those of its default subcommand. */
function optionsOf(command: Command): readonly Option[] {
  const { _defaultCommandName: name }: WithDefault = command
  const usual = command.commands.find((inner) => inner.name() === name)
  return [command, ...(usual === undefined ? [] : [usual])].flatMap((each) =>
    each.createHelp().visibleOptions(each),
  )
}

/** commander tells nobody which command is the default one. */
interface WithDefault extends Pick<Command, 'name'> {
  readonly _defaultCommandName?: string | null
}

function isFlag({ long, short }: Option, word: string | undefined): boolean {
  return word !== undefined && (word === long || word === short)
}

function named(command: Command, word: string): Command | undefined {
  return command.commands.find((inner) => inner.name() === word || inner.aliases().includes(word))
}

function globals(command: Command, program: Command): readonly Option[] {
  return command === program ? [] : program.createHelp().visibleOptions(program)
}

function flags(options: readonly Option[]): readonly Suggestion[] {
  return options.flatMap(({ long, short, description }) =>
    [long, short].flatMap((value) => (value === undefined ? [] : [{ value, description }])),
  )
}

function inner(command: Command): readonly Suggestion[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((known) => ({ value: known.name(), description: known.description() }))
}

async function valuesOf(option: Option, deps: Deps): Promise<readonly Suggestion[]> {
  if (option.argChoices !== undefined) return option.argChoices.map(plain)
  if (option.long === '--provider') return providerIds.map(plain)
  if (option.long === '--event') return auditEventNames.map(plain)
  return /<target>/.test(option.flags) ? targets(deps) : []
}

async function argumentsOf(
  command: Command,
  before: readonly string[],
  deps: Deps,
): Promise<readonly Suggestion[]> {
  const known = command.registeredArguments
  const argument = known[before.length] ?? known.find(({ variadic }) => variadic)
  if (argument === undefined) return []
  if (argument.argChoices !== undefined) return argument.argChoices.map(plain)
  if (argument.name() === 'target') return [...(await targets(deps)), ...(await aliases(deps))]
  if (argument.name() === 'key') return keys(deps)
  if (argument.name() === 'value') return choicesOf(before[0] ?? '').map(plain)
  return argument.name() === 'alias' ? aliases(deps) : []
}

/** Every setting, those of targets for each of them. */
async function keys(deps: Deps): Promise<readonly Suggestion[]> {
  const all = await targets(deps)
  return settingKeys.flatMap(({ key, values }) => {
    const description = typeof values === 'string' ? values : values.join(', ')
    if (!key.includes('<target>')) return [{ value: key, description }]
    return all.map(({ value }) => ({ value: key.replace('<target>', () => value), description }))
  })
}

async function targets(deps: Deps): Promise<readonly Suggestion[]> {
  const found = await discoverKnown(deps).catch(() => ({ targets: [] }))
  return found.targets.map((target) => ({
    value: formatTarget(target),
    description: printable(`${target.role} ${target.scope}`.trim()),
  }))
}

async function aliases(deps: Deps): Promise<readonly Suggestion[]> {
  const settings = await deps.settings().catch(() => undefined)
  return Object.entries(settings?.aliases ?? {}).map(([value, meant]) => ({
    value,
    description: meant.join(', '),
  }))
}
