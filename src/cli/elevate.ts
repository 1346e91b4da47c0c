import { Option, type Command } from 'commander'
import type { ElevateFlags } from '../commands/elevate/elevate.ts'
import type { EnvFlags } from '../commands/use/env.ts'
import type { ExtendFlags } from '../commands/elevate/extend.ts'
import type { ExecFlags } from '../commands/use/exec.ts'
import type { Shell } from '../ui/shell.ts'
import type { Act, Cli } from './action.ts'
import { elevateGroup, oneOf, waitHelp } from './help.ts'
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
export function addElevate(program: Command, cli: Cli, act: Act): void {
  declareElevate(program, act)
  declareExec(program, cli, act)
  declareEnv(program, act)
  declareExtend(program, act)
  declareCredentials(program, act)
}

function declareElevate(program: Command, act: Act): void {
  withForce(
    program
      .command('elevate')
      .argument('[target...]', 'Targets such as aws:prod-admin, or aliases'),
  )
    .helpGroup(elevateGroup)
    .description('Elevate to targets, or pick them in a terminal')
    .option('--start <time>', 'Start later (Microsoft): RFC 3339, `tomorrow 09:00`, `09:00`, `+2h`')
    .addOption(
      new Option(
        '--on-interrupt <what>',
        'Keep or cancel a pending request on Ctrl-C (default: ask)',
      ).choices(['keep', 'cancel']),
    )
    .option('--dry-run', 'Print the plan and change nothing')
    .addHelpText(
      'after',
      `
Examples:
  pim elevate aws:prod-admin -j "restart queue" -t OPS-1
  pim elevate entra:user-administrator group:sec-ops -j "on call" -d 2h`,
    )
    .action((targets: string[], flags: ElevateFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/elevate.ts')).elevateCommand(targets, flags, deps),
      ),
    )
}

function declareExec(program: Command, cli: Cli, act: Act): void {
  withForce(program.command('exec').argument('[target...]', 'One target for each cloud'))
    .helpGroup(elevateGroup)
    .description('Elevate, run a command with the credentials, and release')
    .usage('<target...> [options] -- <command> [args...]')
    .addHelpText(
      'after',
      `
Examples:
  pim exec aws:prod-admin -j "deploy 42" -- terraform apply
  pim exec azure:payments-prod/Contributor -j "restart" -- az webapp restart -n web -g rg-web

pim removes PIM_STORE_PASSPHRASE and other AWS credentials from the command's environment.
With \`--mfa-token -\` the command gets the rest of stdin.
Five minutes before the end, pim rings the bell and shows a desktop notice. See docs/notices.md.`,
    )
    .addOption(
      new Option('--keep', 'Leave the elevation active after the command').conflicts(
        'releaseFailedCode',
      ),
    )
    .option('--nested', 'Run inside another `pim exec`')
    .option(
      '--release-failed-code <code>',
      'Exit with this code if the release fails (default: code of the command)',
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
}

function declareEnv(program: Command, act: Act): void {
  withForce(
    program.command('env').argument('[target]', 'A target such as aws:prod-admin, or an alias'),
  )
    .helpGroup(elevateGroup)
    .description('Print credentials for a shell, and elevate if necessary')
    .addHelpText(
      'after',
      `
Examples:
  eval "$(pim env aws:prod-admin -j "restart queue")"   Set the variables
  eval "$(pim env --unset)"                             Remove them again`,
    )
    .addOption(
      oneOf(
        new Option('--shell <name>', 'Output syntax (default: from $SHELL)'),
        '--shell',
        shells,
      ),
    )
    .option('--unset', 'Print commands that remove the variables again')
    .action((target: string | undefined, flags: EnvFlags) =>
      act(async (deps) => (await import('../commands/use/env.ts')).envCommand(target, flags, deps)),
    )
}

function declareExtend(program: Command, act: Act): void {
  withRequest(program.command('extend').argument('<target>', 'An active target'))
    .helpGroup(elevateGroup)
    .description('Extend an active elevation')
    .option('-y, --yes', 'Release and request again if the provider cannot extend')
    .addHelpText('after', '\nExample:\n  pim extend aws:prod-admin -d 2h')
    .action((target: string, flags: ExtendFlags) =>
      act(async (deps) =>
        (await import('../commands/elevate/extend.ts')).extendCommand(target, flags, deps),
      ),
    )
}

function declareCredentials(program: Command, act: Act): void {
  program
    .command('credentials')
    .argument('<target>', 'A target such as aws:prod-admin, or an alias')
    .helpGroup(elevateGroup)
    .description('Serve credentials to AWS SDKs, as credential_process')
    .addHelpText(
      'after',
      `
Example, in ~/.aws/config:
  [profile prod]
  credential_process = pim credentials aws:prod-admin`,
    )
    .action((target: string) =>
      act(async (deps) =>
        (await import('../commands/use/credentials.ts')).credentialsCommand(target, deps),
      ),
    )
}

/** `pim extend` always requests a new session. */
function withForce(command: Command): Command {
  return withRequest(command).option('--force', 'Request a new session even if one is active')
}

function withRequest(command: Command): Command {
  return withIdentity(command)
    .option('-j, --justification <text>', 'Reason for the access (PIM_JUSTIFICATION)')
    .option('-t, --ticket <[system:]number>', 'Ticket number (PIM_TICKET)')
    .option('-d, --duration <duration>', 'Duration: 45m, 1h30m, PT1H (PIM_DURATION; default 1h)')
    .option('--mfa-token <code>', 'MFA code; - reads it from stdin, fd:3 from a file descriptor')
    .addOption(
      oneOf(new Option('--wait <until>', waitHelp).default('effective'), '--wait', [
        'none',
        'active',
        'effective',
      ]),
    )
    .option('--timeout <duration>', 'How long to wait until it works', '5m')
    .option(
      '--approval-timeout <duration>',
      'How long to wait for an approver (default: in a terminal until Ctrl-C, else 0)',
    )
}
