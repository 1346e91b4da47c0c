import type { Command } from 'commander'
import type { ReleaseFlags } from '../commands/release/release.ts'
import type { Act, Cli } from './action.ts'
import { elevateGroup } from './help.ts'
import { withIdentity } from './identity.ts'

/** The commands that release elevations, now or later. */
export function addRelease(program: Command, _cli: Cli, act: Act): void {
  withIdentity(program.command('release'))
    .alias('drop')
    .argument('[target...]', 'Targets such as aws:prod-admin, or aliases')
    .helpGroup(elevateGroup)
    .description('Release elevations')
    .option('--all', 'Release every active elevation')
    .option('--wait', 'Wait until the provider allows the release')
    .option('--revoke', 'AWS: also deny the keys already handed out, by a policy on the role')
    .addHelpText(
      'after',
      `
Examples:
  pim release aws:prod-admin
  pim release --all --wait`,
    )
    .action((targets: string[], flags: ReleaseFlags) =>
      act(async (deps) =>
        (await import('../commands/release/release.ts')).releaseCommand(targets, flags, deps),
      ),
    )
  program
    .command('release-later', { hidden: true })
    .argument('<target>')
    .argument('<elevation>')
    .action((target: string, elevation: string) =>
      act(async (deps) =>
        (await import('../commands/release/release-later.ts')).releaseLaterCommand(
          target,
          elevation,
          deps,
        ),
      ),
    )
}
