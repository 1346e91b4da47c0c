import { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'

export interface LoginFlags {
  readonly tenant?: string
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
      ...(flags.clientId !== undefined && { clientId: flags.clientId }),
    },
    deps.signal,
  )
  await deps.forgetFindings()
  io.note(`signed in as ${printable(account.name)} to tenant ${printable(account.tenant)}`)
  for (const notice of notices) io.warn(printable(notice))
  if (io.wantsJson) io.json({ schema: 'pim.login/v1', account, notices })
  return 0
}

/** A browser that opens by itself needs no terminal, but somebody must be there to look at it. */
function nobodyToAsk(): PimError {
  return new PimError(
    'sign-in',
    'nobody-to-ask',
    'a sign-in needs a person, and nobody may be asked',
    {
      hint: 'leave `--no-input`, PIM_NO_INPUT and CI out; a pipeline signs in by its environment: AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_FEDERATED_TOKEN_FILE',
    },
  )
}
