import { Option, type Command } from 'commander'
import type { ListFlags } from '../commands/status/list.ts'
import type { ReleaseFlags } from '../commands/release/release.ts'
import type { StatusFlags } from '../commands/status/status.ts'
import type { Act, Cli } from './action.ts'
import { withIdentity } from './identity.ts'

/** The commands that show elevations and give them back. */
export function addLooking(program: Command, _cli: Cli, act: Act): void {
  withIdentity(program.command('list'))
    .argument('[filter]', 'only targets that hold this text')
    .description('list what you may elevate to')
    .option('--active', 'only what is active')
    .option('--provider <name>', 'only of this provider')
    .option('--requirements', 'also what each target demands')
    .option('--refresh', 'ask the providers anew')
    .action((filter: string | undefined, flags: ListFlags) =>
      act(async (deps) =>
        (await import('../commands/status/list.ts')).listCommand(filter, flags, deps),
      ),
    )
  withIdentity(program.command('status'))
    .description('show what is active, and for how long')
    .addOption(new Option('--watch', 'keep the display up to date').conflicts(['check', 'refresh']))
    .option('--refresh', 'wait for the providers: without it for 2 seconds at most')
    .option('--check <target>', 'print nothing; exit 0 when it is active, 1 when not')
    .addHelpText(
      'after',
      `
With --watch, five minutes before an end, the terminal's bell rings with a line on stderr, \`e\`
extends, and the desktop shows a notice; under --quiet only the desktop.
\`pim config set notice.before 10m\` (or \`off\`) and \`notice.by\` (both, bell, desktop) change that.`,
    )
    .action((flags: StatusFlags) =>
      act(async (deps) =>
        (await import('../commands/status/status.ts')).statusCommand(flags, deps),
      ),
    )
  withIdentity(program.command('release'))
    .alias('drop')
    .argument('[target...]', 'as in aws:prod-admin, or aliases')
    .description('give elevations back')
    .option('--all', 'everything that is active')
    .option('--wait', 'wait for what cannot be given back yet')
    .option('--revoke', 'AWS: also deny the keys that were handed out, by a policy on the role')
    .action((targets: string[], flags: ReleaseFlags) =>
      act(async (deps) =>
        (await import('../commands/release/release.ts')).releaseCommand(targets, flags, deps),
      ),
    )
  program
    .command('give-back-later', { hidden: true })
    .argument('<target>')
    .argument('<elevation>')
    .action((target: string, elevation: string) =>
      act(async (deps) =>
        (await import('../commands/release/release-later.ts')).giveBackLaterCommand(
          target,
          elevation,
          deps,
        ),
      ),
    )
}
