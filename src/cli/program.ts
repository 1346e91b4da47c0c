import { Command } from 'commander'
import type { Act, Cli } from './action.ts'
import { addAccount } from './account.ts'
import { addApprovals } from './approvals.ts'
import { addAudit } from './audit.ts'
import { addElevate } from './elevate.ts'
import { addStatus } from './status.ts'
import { addSettings } from './config.ts'
import { addWebhooks } from './webhooks.ts'
import { addHelp } from './help.ts'
import { addMachine } from './machine.ts'
import { addRelease } from './release.ts'
import type { Globals } from '../deps/globals.ts'
import { commandWord } from './argv.ts'

/** The commands by file. Only the file of the command that was typed is used. */
const groups = [
  { names: ['elevate', 'exec', 'env', 'credentials', 'extend'], add: addElevate },
  { names: ['release', 'drop', 'release-later'], add: addRelease },
  { names: ['requests', 'approve', 'deny', 'wait', 'cancel'], add: addApprovals },
  { names: ['list', 'status'], add: addStatus },
  { names: ['audit'], add: addAudit },
  { names: ['login', 'logout', 'whoami'], add: addAccount },
  { names: ['config', 'alias'], add: addSettings },
  { names: ['webhook'], add: addWebhooks },
  { names: ['completion', 'doctor', 'sandbox'], add: addMachine },
] as const

/** Names, arguments, flags and help. Every action imports its command; this file decides nothing. */
export function createProgram(words: readonly string[], cli: Cli): Command {
  const program: Command = new Command('pim')
    .description('sudo for the cloud: temporary privileges, with a reason, on record')
    .version(cli.version, '-V, --version', 'Print the version')
    .helpOption('-h, --help', 'Print help')
    .option('--json', 'Print one JSON document on stdout')
    .option('-q, --quiet', 'Print only the answer, warnings and errors')
    .option('-v, --verbose', 'Print more on stderr, without secrets')
    .option('--no-input', 'Never ask; name missing input in an error')
    .option('--no-color', 'Print no colours')
    .option('--config <file>', 'Use this configuration file')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', overview)
    .addHelpText('afterAll', ({ command }) => (command === program ? '' : globalOptions))
  // Only commands that talk to Microsoft take these two; they count for whatever the command does.
  let choice: Pick<Globals, 'tenant' | 'account'> = {}
  program.hook('preAction', (_, command) => {
    choice = command.opts<Pick<Globals, 'tenant' | 'account'>>()
  })
  const act = actor(() => ({ ...program.opts<Globals>(), ...identityOptions(choice) }), cli)
  for (const { add } of neededGroups(words)) add(program, cli, act)
  for (const parent of [program, ...program.commands]) {
    if (parent.commands.length > 0) addHelp(parent)
  }
  return program
}

function neededGroups(words: readonly string[]): readonly (typeof groups)[number][] {
  const word = commandWord(words)
  const named = groups.filter(({ names }) => names.some((name) => name === word))
  return named.length > 0 ? named : groups
}

const overview = `
Examples:
  pim list                                        List your targets
  pim elevate aws:prod-admin -j "restart queue"   Elevate for an hour
  pim exec aws:prod-admin -j "…" -- aws s3 ls     Elevate for one command
  pim release --all                               Release everything
  pim sandbox                                     Try it without a cloud

Exit codes: 0 done, 2 usage, 3 refused, 4 sign-in or MFA, 5 pending, 6 provider unreachable,
7 audit log, 130 interrupted; \`pim exec\` also uses 125 to 127. 1 is a failure of pim itself.`

const globalOptions =
  '\nGlobal options: --json, -q/--quiet, -v/--verbose, --no-input, --no-color, --config <file>'

function identityOptions({ tenant, account }: Pick<Globals, 'tenant' | 'account'>) {
  return {
    ...(tenant !== undefined && { tenant }),
    ...(account !== undefined && { account }),
  }
}

function actor(globals: () => Globals, { open, finish }: Cli): Act {
  return async (run) => {
    const deps = await open(globals())
    try {
      finish(await run(deps))
    } finally {
      await deps.announced()
    }
  }
}
