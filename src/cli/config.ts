import type { Command } from 'commander'
import { describeSettings } from '../core/settings/setting-keys.ts'
import type { Act, Cli } from './action.ts'
import { settingsGroup } from './help.ts'

const settings = (): string =>
  `\nSettings:\n${describeSettings()
    .map((line) => `  ${line}`)
    .join('\n')}`

/** The commands that read and change settings. */
export function addSettings(program: Command, _cli: Cli, act: Act): void {
  const load = () => import('../commands/config/config.ts')
  const config = program
    .command('config')
    .helpGroup(settingsGroup)
    .description('Read and change settings')
  config.addHelpText(
    'after',
    '\nExamples:\n  pim config set duration 30m\n  pim config unset azure.tenant',
  )
  config
    .command('get')
    .argument('<key>', 'See the list below')
    .description('Print one setting')
    .addHelpText('after', settings)
    .action((key: string) => act(async (deps) => (await load()).configGetCommand(key, deps)))
  config
    .command('set')
    .argument('<key>', 'See the list below')
    .argument('<value>', 'See the list below')
    .description('Change one setting')
    .addHelpText('after', settings)
    .action((key: string, value: string) =>
      act(async (deps) => (await load()).configSetCommand(key, value, deps)),
    )
  config
    .command('unset')
    .argument('<key>', 'See the list below')
    .description('Remove one setting')
    .addHelpText('after', settings)
    .action((key: string) => act(async (deps) => (await load()).configUnsetCommand(key, deps)))
  declareShow(config, act)
  addAliases(program, act)
}

function declareShow(config: Command, act: Act): void {
  const load = () => import('../commands/config/config.ts')
  config
    .command('list')
    .description('Print every setting')
    .action(() => act(async (deps) => (await load()).configListCommand(deps)))
  config
    .command('path')
    .description('Print the path of the configuration file')
    .action(() => act(async (deps) => (await load()).configPathCommand(deps)))
}

function addAliases(program: Command, act: Act): void {
  const load = () => import('../commands/config/alias.ts')
  const alias = program
    .command('alias')
    .helpGroup(settingsGroup)
    .description('Manage short names for targets')
  alias.addHelpText(
    'after',
    '\nExample:\n  pim alias set oncall aws:prod-admin entra:user-administrator',
  )
  alias
    .command('set')
    .argument('<name>', 'Letters, digits, dots and hyphens')
    .argument('<target...>', 'Targets that the alias names')
    .description('Add or change an alias')
    .action((name: string, targets: string[]) =>
      act(async (deps) => (await load()).aliasSetCommand(name, targets, deps)),
    )
  alias
    .command('list')
    .description('Print every alias')
    .action(() => act(async (deps) => (await load()).aliasListCommand(deps)))
  alias
    .command('remove')
    .argument('<alias>', 'Name of the alias')
    .description('Remove an alias')
    .action((name: string) => act(async (deps) => (await load()).aliasRemoveCommand(name, deps)))
}
