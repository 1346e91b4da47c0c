import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Account } from '../../core/identity/sign-in.ts'
import type { Deps } from '../../deps/deps.ts'

export interface LoginFlags {
  readonly tenant?: string
  readonly account?: string
  readonly clientId?: string
  readonly deviceCode?: boolean
}

/** `pim login azure`: signs in to Microsoft through the browser, or by a code. */
export async function loginAzureCommand(flags: LoginFlags, deps: Deps): Promise<number> {
  const { io } = deps
  if (deps.mustNotAsk) throw nobodyToAsk()
  const signIns = await deps.signIns()
  const { account, notices } = await signIns.signIn(
    {
      deviceCode: flags.deviceCode === true,
      ...(flags.tenant !== undefined && { tenant: flags.tenant }),
      ...(flags.account !== undefined && { account: flags.account }),
      ...(flags.clientId !== undefined && { clientId: flags.clientId }),
    },
    deps.signal,
  )
  await deps.forgetFindings()
  io.note(`Signed in as ${printable(account.name)} to ${printable(tenantOf(account))}`)
  for (const notice of notices) io.warn(printable(notice))
  if (io.wantsJson) io.json({ schema: 'pim.login/v1', account, notices })
  return 0
}

/** `pim login --list`: everybody who is signed in through pim, the one in use first. */
export async function loginListCommand({ io, ...deps }: Deps): Promise<number> {
  const accounts = await (await deps.signIns()).accounts()
  if (io.wantsJson) io.json({ schema: 'pim.accounts/v1', accounts })
  else if (accounts.length === 0) io.note('Not signed in. Run `pim login azure`')
  for (const account of io.wantsJson ? [] : accounts) {
    io.out(`${printable(account.name)} in ${printable(tenantOf(account))}`)
  }
  return 0
}

function tenantOf({ tenant, tenantName }: Account): string {
  return tenantName === undefined ? tenant : `${tenantName} (${tenant})`
}

/** A browser that opens by itself needs no terminal, but somebody must be there to look at it. */
function nobodyToAsk(): PimError {
  return new PimError('sign-in', 'nobody-to-ask', 'a sign-in needs a person at a terminal', {
    hint: 'leave `--no-input`, PIM_NO_INPUT and CI out; a pipeline signs in by its environment: AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE',
  })
}
