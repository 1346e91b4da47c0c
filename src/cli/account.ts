import type { Command } from 'commander'
import type { LoginFlags } from '../commands/account/login.ts'
import type { LogoutFlags } from '../commands/account/logout.ts'
import type { WhoamiFlags } from '../commands/account/whoami.ts'
import { PimError } from '../core/errors.ts'
import type { Act, Cli } from './action.ts'
import { accountGroup } from './help.ts'
import { withIdentity } from './identity.ts'

/** The commands that sign in and out, and say who you are. */
export function addAccount(program: Command, _cli: Cli, act: Act): void {
  const login = program
    .command('login')
    .helpGroup(accountGroup)
    .description('Sign in to Microsoft, or list the sign-ins')
    .option('--list', 'List the accounts that are signed in')
    .addHelpText('after', '\nExamples:\n  pim login azure\n  pim login --list')
  login.action(({ list }: { readonly list?: boolean }) => {
    if (list !== true) login.help()
    return act(async (deps) =>
      (await import('../commands/account/login.ts')).loginListCommand(deps),
    )
  })
  login
    .command('azure')
    .description('Sign in to Microsoft for Azure roles, Entra roles and groups')
    .option('--tenant <id|domain|name>', 'Tenant to sign in to (AZURE_TENANT_ID)')
    .option('--account <name>', 'Account to sign in with')
    .option('--client-id <id>', 'Application to sign in with (AZURE_CLIENT_ID)')
    .option('--device-code', 'Sign in with a code in the browser of another device')
    .action((flags: LoginFlags) => {
      if (login.opts<{ list?: boolean }>().list === true) throw listsAndSignsIn()
      return act(async (deps) =>
        (await import('../commands/account/login.ts')).loginAzureCommand(flags, deps),
      )
    })
  declareLogout(program, act)
  declareWhoami(program, act)
}

function declareLogout(program: Command, act: Act): void {
  program
    .command('logout')
    .helpGroup(accountGroup)
    .description('Sign out and delete all tokens')
    .option('--tenant <id|domain|name>', 'Sign out of this tenant only')
    .option('--account <name>', 'Sign out this account only')
    .addHelpText('after', '\nExample:\n  pim logout --account alice@contoso.example')
    .action((flags: LogoutFlags) =>
      act(async (deps) =>
        (await import('../commands/account/logout.ts')).logoutCommand(flags, deps),
      ),
    )
}

function declareWhoami(program: Command, act: Act): void {
  withIdentity(program.command('whoami'))
    .helpGroup(accountGroup)
    .description('Show your identity at each provider')
    .option('--provider <name>', 'Only at this provider')
    .addHelpText('after', '\nExample:\n  pim whoami --provider aws')
    .action((flags: WhoamiFlags) =>
      act(async (deps) =>
        (await import('../commands/account/whoami.ts')).whoamiCommand(flags, deps),
      ),
    )
}

function listsAndSignsIn(): PimError {
  return new PimError('usage', 'conflicting-flags', '`--list` does not sign in', {
    hint: 'run `pim login azure`, or `pim login --list`',
  })
}
