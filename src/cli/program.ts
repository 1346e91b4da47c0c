import { Command } from 'commander'
import type { Act, Cli } from './action.ts'
import { addApprovals } from './approvals.ts'
import { addAudit } from './audit.ts'
import { addElevating } from './elevate.ts'
import { addLooking } from './status.ts'
import { addSettings } from './config.ts'
import { addWebhooks } from './webhooks.ts'
import { addHelp } from './help.ts'
import { addSignIn, addSurroundings } from './machine.ts'
import type { Globals } from '../deps/globals.ts'
import { commandWord } from './argv.ts'

/** The commands in groups: of those that are not called for, not even the words are needed. */
const groups = [
  { names: ['elevate', 'exec', 'env', 'extend', 'credentials'], add: addElevating },
  { names: ['list', 'status', 'release', 'drop', 'give-back-later'], add: addLooking },
  { names: ['requests', 'approve', 'deny', 'wait', 'cancel'], add: addApprovals },
  { names: ['audit'], add: addAudit },
  { names: ['config', 'alias'], add: addSettings },
  { names: ['webhook'], add: addWebhooks },
  { names: ['login', 'logout'], add: addSignIn },
  { names: ['whoami', 'doctor', 'completion', 'sandbox'], add: addSurroundings },
] as const

/** Names, arguments, flags and help. Every action imports its command; this file decides nothing. */
export function createProgram(words: readonly string[], cli: Cli): Command {
  const program = new Command('pim')
    .description('sudo for the cloud: a privilege for a reason and for a while')
    .version(cli.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .option('--json', 'print one JSON document on stdout')
    .option('-q, --quiet', 'say nothing but the answer, warnings and errors')
    .option('-v, --verbose', 'say more on stderr; secrets are left out')
    .option('--no-input', 'never ask; fail naming what is missing')
    .option('--no-color', 'no colours')
    .option('--config <file>', 'use this configuration file')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples)
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

const examples = `
Examples:
  pim list                                        what you may elevate to
  pim elevate aws:prod-admin -j "restart queue"   elevate for an hour
  pim exec aws:prod-admin -j "…" -- aws s3 ls     elevate for one command
  pim release --all                               give everything back
  pim sandbox                                     try it without a cloud

Exit codes: 0 done, 2 usage, 3 refused, 4 sign-in or MFA, 5 pending, 6 provider unreachable,
7 audit log, 130 interrupted; from \`pim exec\` also 125 to 127. 1 is a failure of pim itself.`

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
