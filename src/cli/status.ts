import { Option, type Command } from 'commander'
import type { ListFlags } from '../commands/status/list.ts'
import type { StatusFlags } from '../commands/status/status.ts'
import type { Act, Cli } from './action.ts'
import { lookGroup } from './help.ts'
import { withIdentity } from './identity.ts'

/** The commands that show targets and elevations. */
export function addStatus(program: Command, _cli: Cli, act: Act): void {
  withIdentity(program.command('list'))
    .argument('[filter]', 'Only targets that contain this text')
    .helpGroup(lookGroup)
    .description('List your targets')
    .option('--active', 'Only active targets')
    .option('--provider <name>', 'Only targets of this provider')
    .option('--requirements', 'Also show the requirements of each target')
    .option('--refresh', 'Reload from the providers')
    .addHelpText(
      'after',
      '\nExamples:\n  pim list prod\n  pim list --requirements --provider azure',
    )
    .action((filter: string | undefined, flags: ListFlags) =>
      act(async (deps) =>
        (await import('../commands/status/list.ts')).listCommand(filter, flags, deps),
      ),
    )
  withIdentity(program.command('status'))
    .helpGroup(lookGroup)
    .description('Show active elevations and their ends')
    .addOption(new Option('--watch', 'Keep the display up to date').conflicts(['check', 'refresh']))
    .option('--refresh', 'Wait for the providers (default: 2 seconds at most)')
    .option('--check <target>', 'Print nothing; exit 0 if active, 1 if not')
    .addHelpText(
      'after',
      `
Examples:
  pim status --watch
  pim status --check aws:prod-admin && ./deploy.sh

Under --watch, e extends an elevation that ends soon, and q leaves. pim rings the bell and shows a
desktop notice five minutes before an end. See docs/notices.md.`,
    )
    .action((flags: StatusFlags) =>
      act(async (deps) =>
        (await import('../commands/status/status.ts')).statusCommand(flags, deps),
      ),
    )
}
