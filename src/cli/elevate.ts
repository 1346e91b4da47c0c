import { Option, type Command } from 'commander'
import type { ElevateFlags } from '../commands/elevate/elevate.ts'
import type { EnvFlags } from '../commands/use/env.ts'
import type { ExtendFlags } from '../commands/elevate/extend.ts'
import type { ExecFlags } from '../commands/use/exec.ts'
import type { Shell } from '../ui/shell.ts'
import type { Act, Cli } from './action.ts'
import { oneOf } from './help.ts'
import { withIdentity } from './identity.ts'

const shells = [
  'bash',
  'zsh',
  'fish',
  'powershell',
  'cmd',
  'dotenv',
  'json',
  'github',
] satisfies Shell[]

/** The commands that elevate. */
export function addElevating(program: Command, cli: Cli, act: Act): void {
  withForce(program.command('elevate').argument('[target...]', 'as in aws:prod-admin, or aliases'))
    .description('elevate to targets; without any, pick them in a terminal')
    .option(
      '--start <time>',
      'when it begins: RFC 3339, `tomorrow 09:00`, `09:00`, `+2h`; Microsoft targets only',
    )
    .addOption(
      new Option('--on-interrupt <what>', 'what Ctrl-C does to a request that waits').choices([
        'keep',
        'cancel',
      ]),
    )
    .option('--dry-run', 'print the plan and change nothing')
    .action((targets: string[], flags: ElevateFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/elevate.ts')).elevateCommand(targets, flags, deps),
      ),
    )
  withForce(program.command('exec').argument('[target...]', 'one target for each cloud'))
    .description('elevate, run a command with the credentials, and give them back')
    .usage('<target...> [options] -- <command> [args...]')
    .addHelpText(
      'after',
      `
The command does not get PIM_STORE_PASSPHRASE, nor an AWS profile or AWS credentials that pim has
not lent. \`--mfa-token -\` leaves the rest of stdin to the command.

Five minutes before the end of what it was lent, the terminal's bell rings with a line on stderr,
and the desktop shows a notice; under --quiet only the desktop. \`pim config set notice.before 10m\`
(or \`off\`) and \`notice.by\` (both, bell, desktop) change that.`,
    )
    .addOption(
      new Option('--keep', 'leave what was activated for the command active').conflicts(
        'releaseFailedCode',
      ),
    )
    .option('--nested', 'run though this is under another `pim exec` already')
    .option(
      '--release-failed-code <code>',
      'exit with this code if a release fails afterwards; else with the code of the command',
    )
    .action((targets: string[], flags: ExecFlags) =>
      act(async (deps) =>
        (await import('../commands/use/exec.ts')).execCommand(
          targets,
          cli.behindDashes,
          flags,
          deps,
        ),
      ),
    )
  withForce(program.command('env').argument('[target]', 'as in aws:prod-admin, or an alias'))
    .description('print the credentials for a shell to evaluate, elevating if need be')
    .addOption(
      oneOf(
        new Option('--shell <name>', 'whose syntax; by default that of your shell'),
        '--shell',
        shells,
      ),
    )
    .option('--unset', 'print what takes the variables away again')
    .action((target: string | undefined, flags: EnvFlags) =>
      act(async (deps) => (await import('../commands/use/env.ts')).envCommand(target, flags, deps)),
    )
  withRequest(program.command('extend').argument('<target>', 'one that is active'))
    .description('make what is active last longer')
    .option('-y, --yes', 'give back and ask again where nothing can be prolonged')
    .action((target: string, flags: ExtendFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/extend.ts')).extendCommand(target, flags, deps),
      ),
    )
  program
    .command('credentials')
    .argument('<target>', 'as in aws:prod-admin, or an alias')
    .description('serve an AWS SDK, as its credential_process')
    .action((target: string) =>
      act(async (deps) =>
        (await import('../commands/use/credentials.ts')).credentialsCommand(target, deps),
      ),
    )
}

/** `pim extend` asks for a new session as it is. */
function withForce(command: Command): Command {
  return withRequest(command).option('--force', 'a new session though one is active')
}

function withRequest(command: Command): Command {
  return withIdentity(command)
    .option('-j, --justification <text>', 'why the access is needed (PIM_JUSTIFICATION)')
    .option('-t, --ticket <[system:]number>', 'a reference into a ticket system (PIM_TICKET)')
    .option(
      '-d, --duration <duration>',
      'for how long: 45m, 1h30m, PT1H (PIM_DURATION; default 1h)',
    )
    .option(
      '--mfa-token <code>',
      'the one-time code of your MFA device; - reads a line of stdin, fd:3 of a file descriptor',
    )
    .addOption(
      oneOf(
        new Option('--wait <until>', 'what must be true before this goes on').default('effective'),
        '--wait',
        ['none', 'active', 'effective'],
      ),
    )
    .option('--timeout <duration>', 'how long to wait for that', '5m')
    .option(
      '--approval-timeout <duration>',
      'how long to wait for an approver; in a terminal until Ctrl-C, else not at all',
    )
}
