import type { Command } from 'commander'
import { describeSettings } from '../core/settings/setting-keys.ts'
import type { Act, Cli } from './action.ts'

const settings = (): string =>
  `\nSettings:\n${describeSettings()
    .map((line) => `  ${line}`)
    .join('\n')}`

/** The commands that read and change settings. */
export function addSettings(program: Command, _cli: Cli, act: Act): void {
  const load = () => import('../commands/config/config.ts')
  const config = program.command('config').description('read and change settings')
  config
    .command('get')
    .argument('<key>', 'as listed below')
    .description('print one setting')
    .addHelpText('after', settings)
    .action((key: string) => act(async (deps) => (await load()).configGetCommand(key, deps)))
  config
    .command('set')
    .argument('<key>', 'as listed below')
    .argument('<value>', 'as listed below')
    .description('change one setting')
    .addHelpText('after', settings)
    .action((key: string, value: string) =>
      act(async (deps) => (await load()).configSetCommand(key, value, deps)),
    )
  config
    .command('unset')
    .argument('<key>', 'as listed below')
    .description('take one setting away')
    .addHelpText('after', settings)
    .action((key: string) => act(async (deps) => (await load()).configUnsetCommand(key, deps)))
  config
    .command('list')
    .description('print every setting')
    .action(() => act(async (deps) => (await load()).configListCommand(deps)))
  config
    .command('path')
    .description('print where the configuration file lies')
    .action(() => act(async (deps) => (await load()).configPathCommand(deps)))
  addAliases(program, act)
}

function addAliases(program: Command, act: Act): void {
  const load = () => import('../commands/config/alias.ts')
  const alias = program.command('alias').description('short names for targets')
  alias
    .command('set')
    .argument('<name>', 'letters, digits, dots and hyphens')
    .argument('<target...>', 'what it stands for')
    .description('let a name stand for targets')
    .action((name: string, targets: string[]) =>
      act(async (deps) => (await load()).aliasSetCommand(name, targets, deps)),
    )
  alias
    .command('list')
    .description('print every alias')
    .action(() => act(async (deps) => (await load()).aliasListCommand(deps)))
  alias
    .command('remove')
    .argument('<alias>', 'its name')
    .description('take an alias away')
    .action((name: string) => act(async (deps) => (await load()).aliasRemoveCommand(name, deps)))
}
