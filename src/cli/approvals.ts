import { Option, type Command } from 'commander'
import type { DecideFlags } from '../commands/approvals/decide.ts'
import type { RequestsFlags } from '../commands/approvals/requests.ts'
import type { WaitFlags } from '../commands/elevate/wait.ts'
import type { Act, Cli } from './action.ts'
import { withIdentity } from './identity.ts'

/** The commands about requests: of who asks, and of who decides. */
export function addApprovals(program: Command, _cli: Cli, act: Act): void {
  withIdentity(program.command('requests'))
    .description('show your requests, or those that wait for you to decide')
    .addOption(new Option('--to-approve', 'what waits for your decision').conflicts('all'))
    .option('--all', 'also what has ended, with the reasons')
    .action((flags: RequestsFlags) =>
      act(async (deps) =>
        (await import('../commands/approvals/requests.ts')).requestsCommand(flags, deps),
      ),
    )
  for (const decision of ['approve', 'deny'] as const) {
    withIdentity(program.command(decision))
      .argument('[id...]', 'as `pim requests --to-approve` shows them; without any, pick them')
      .description(`${decision} requests of others`)
      .option('-j, --justification <text>', 'why')
      .action((ids: string[], flags: DecideFlags) =>
        act(async (deps) =>
          (await import('../commands/approvals/decide.ts')).decideCommand(
            decision,
            ids,
            flags,
            deps,
          ),
        ),
      )
  }
  withIdentity(program.command('wait'))
    .argument('<id>', 'of a request or an elevation, as `pim elevate` or `pim requests` say it')
    .description('wait for what was asked for')
    .addOption(
      new Option('--wait <until>', 'what must be true before this goes on')
        .choices(['none', 'active', 'effective'])
        .default('effective'),
    )
    .option('--timeout <duration>', 'how long to wait until it works', '5m')
    .option('--approval-timeout <duration>', 'how long to wait for an approver; else as --timeout')
    .addOption(
      new Option('--on-interrupt <what>', 'what Ctrl-C does to the request').choices([
        'keep',
        'cancel',
      ]),
    )
    .action((id: string, flags: WaitFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/wait.ts')).waitCommand(id, flags, deps),
      ),
    )
  withIdentity(program.command('cancel'))
    .argument('<id...>', 'of requests that are not in force yet')
    .description('withdraw requests')
    .action((ids: string[]) =>
      act(async (deps) =>
        (await import('../commands/approvals/cancel.ts')).cancelCommand(ids, deps),
      ),
    )
}
