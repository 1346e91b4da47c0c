import { Option, type Command } from 'commander'
import type { DecideFlags } from '../commands/approvals/decide.ts'
import type { RequestsFlags } from '../commands/approvals/requests.ts'
import type { WaitFlags } from '../commands/elevate/wait.ts'
import type { Act, Cli } from './action.ts'
import { approveGroup, waitHelp } from './help.ts'
import { withIdentity } from './identity.ts'

const verbs = { approve: 'Approve', deny: 'Deny' }
const exampleReasons = { approve: 'go on', deny: 'not on a Friday' }

/** The commands about requests: for their authors and for approvers. */
export function addApprovals(program: Command, _cli: Cli, act: Act): void {
  declareRequests(program, act)
  for (const decision of ['approve', 'deny'] as const) declareDecision(decision, program, act)
  declareWait(program, act)
  declareCancel(program, act)
}

function declareRequests(program: Command, act: Act): void {
  withIdentity(program.command('requests'))
    .helpGroup(approveGroup)
    .description('Show your requests, or requests that you can approve')
    .addOption(
      new Option('--to-approve', 'Show requests that wait for your decision').conflicts('all'),
    )
    .option('--all', 'Also show ended requests, with the reasons')
    .action((flags: RequestsFlags) =>
      act(async (deps) =>
        (await import('../commands/approvals/requests.ts')).requestsCommand(flags, deps),
      ),
    )
}

function declareDecision(decision: 'approve' | 'deny', program: Command, act: Act): void {
  withIdentity(program.command(decision))
    .helpGroup(approveGroup)
    .argument('[id...]', 'Ids from `pim requests --to-approve`, or pick them')
    .description(`${verbs[decision]} requests of other people`)
    .option('-j, --justification <text>', 'Reason for the decision')
    .addHelpText('after', `\nExample:\n  pim ${decision} 1433e925 -j "${exampleReasons[decision]}"`)
    .action((ids: string[], flags: DecideFlags) =>
      act(async (deps) =>
        (await import('../commands/approvals/decide.ts')).decideCommand(decision, ids, flags, deps),
      ),
    )
}

function declareWait(program: Command, act: Act): void {
  withIdentity(program.command('wait'))
    .helpGroup(approveGroup)
    .argument('<id>', 'Id of a request or an elevation')
    .description('Wait until a request is approved and active')
    .addHelpText('after', '\nExample:\n  pim wait 1433e925 --approval-timeout 30m')
    .addOption(
      new Option('--wait <until>', waitHelp)
        .choices(['none', 'active', 'effective'])
        .default('effective'),
    )
    .option('--timeout <duration>', 'How long to wait until it works', '5m')
    .option(
      '--approval-timeout <duration>',
      'How long to wait for an approver (default: --timeout)',
    )
    .addOption(
      new Option('--on-interrupt <what>', 'Keep or cancel the request on Ctrl-C').choices([
        'keep',
        'cancel',
      ]),
    )
    .action((id: string, flags: WaitFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/wait.ts')).waitCommand(id, flags, deps),
      ),
    )
}

function declareCancel(program: Command, act: Act): void {
  withIdentity(program.command('cancel'))
    .helpGroup(approveGroup)
    .argument('<id...>', 'Ids of your own open requests')
    .description('Cancel your requests')
    .addHelpText('after', '\nExample:\n  pim cancel 1433e925')
    .action((ids: string[]) =>
      act(async (deps) =>
        (await import('../commands/approvals/cancel.ts')).cancelCommand(ids, deps),
      ),
    )
}
