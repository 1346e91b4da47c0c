import { Argument, type Command } from 'commander'
import type { LoginFlags } from '../commands/account/login.ts'
import type { LogoutFlags } from '../commands/account/logout.ts'
import type { WhoamiFlags } from '../commands/account/whoami.ts'
import type { SandboxFlags } from '../commands/machine/sandbox.ts'
import { PimError } from '../core/errors.ts'
import type { CompletionShell } from '../ui/completion.ts'
import type { Act, Cli } from './action.ts'
import { oneOf } from './help.ts'
import { withIdentity } from './identity.ts'

const sandboxServices = `
It has AWS STS, and a Microsoft tenant: sign-in, Azure Resource Manager and Microsoft Graph, as
far as elevating needs them. It has no other AWS service: AWS_ENDPOINT_URL leads their calls to
it too, and it refuses them. PIM_SANDBOX is set inside.`

const completionShells = ['bash', 'zsh', 'fish', 'powershell'] satisfies CompletionShell[]

/** The commands that sign in and out. */
export function addSignIn(program: Command, _cli: Cli, act: Act): void {
  const login = program
    .command('login')
    .description('sign in to a cloud, or show who is signed in')
    .option('--list', 'show who is signed in')
  login.action(({ list }: { readonly list?: boolean }) => {
    if (list !== true) login.help()
    return act(async (deps) =>
      (await import('../commands/account/login.ts')).loginListCommand(deps),
    )
  })
  login
    .command('azure')
    .description('sign in to Microsoft, for Azure resource roles, Entra roles and groups')
    .option('--tenant <id|domain|name>', 'which tenant (AZURE_TENANT_ID)')
    .option('--account <name>', 'the account that is to sign in')
    .option('--client-id <id>', 'the application to sign in with (AZURE_CLIENT_ID)')
    .option('--device-code', 'by a code to type into a browser elsewhere')
    .action((flags: LoginFlags) => {
      if (login.opts<{ list?: boolean }>().list === true) throw listsAndSignsIn()
      return act(async (deps) =>
        (await import('../commands/account/login.ts')).loginAzureCommand(flags, deps),
      )
    })
  program
    .command('logout')
    .description('forget who signed in, and every token that came of it')
    .option('--tenant <id|domain|name>', 'sign out of this tenant only')
    .option('--account <name>', 'sign out this account only')
    .action((flags: LogoutFlags) =>
      act(async (deps) =>
        (await import('../commands/account/logout.ts')).logoutCommand(flags, deps),
      ),
    )
}

function listsAndSignsIn(): PimError {
  return new PimError('usage', 'conflicting-flags', '`--list` signs nobody in', {
    hint: 'run `pim login azure`, or `pim login --list`',
  })
}

/** The commands about this machine: who one is on it, what works, what helps. */
export function addSurroundings(program: Command, cli: Cli, act: Act): void {
  withIdentity(program.command('whoami'))
    .description('show who you are before any elevation')
    .option('--provider <name>', 'only at this provider')
    .action((flags: WhoamiFlags) =>
      act(async (deps) =>
        (await import('../commands/account/whoami.ts')).whoamiCommand(flags, deps),
      ),
    )
  program
    .command('doctor')
    .description('check this machine, and say what to do')
    .action(() =>
      act(async (deps) => (await import('../commands/machine/doctor.ts')).doctorCommand(deps)),
    )
  program
    .command('completion')
    .addArgument(oneOf(new Argument('<shell>', 'whose script'), 'shell', completionShells))
    .description('print a completion script for a shell to load')
    .action((shell: CompletionShell) =>
      act(async (deps) =>
        (await import('../commands/machine/completion.ts')).completionCommand(shell, deps),
      ),
    )
  program.command('complete', { hidden: true }).action(() =>
    act(async (deps) => {
      const { completeCommand } = await import('../commands/machine/completion.ts')
      return completeCommand(cli.behindDashes, program, deps)
    }),
  )
  program
    .command('sandbox')
    .usage('[options] [-- <command> [args...]]')
    .description('run a command, or a shell, against an embedded cloud')
    .option('--nested', 'open one though this is inside another already')
    .addHelpText('after', sandboxServices)
    .action((flags: SandboxFlags) =>
      act(async (deps) =>
        (await import('../commands/machine/sandbox.ts')).sandboxCommand(
          cli.behindDashes,
          flags,
          deps,
        ),
      ),
    )
}
