import type { Account, SignIns } from '../../core/sign-in.ts'
import { sharedSession, type MicrosoftAccount } from './session.ts'
import type { MicrosoftDeps } from './surroundings.ts'

/** The sign-ins to Microsoft that pim keeps, as commands see them. */
export function createSignIns(deps: MicrosoftDeps): SignIns {
  const session = sharedSession(deps)
  return {
    signIn: async (request, signal) => {
      const account = toAccount(await session.signIn(request, signal))
      return { account, notices: request.deviceCode ? [deviceCodeNotice] : [] }
    },
    signOut: async (request, signal) => (await session.signOut(request, signal)).map(toAccount),
    accounts: async () => (await session.accounts()).map(toAccount),
  }
}

const deviceCodeNotice =
  'a sign-in by device code cannot satisfy an authentication context; for roles that need one, sign in through the browser'

function toAccount({
  username,
  tenantId,
  clientId,
  identity,
  tenantDomains,
}: MicrosoftAccount): Account {
  const { tenantName } = identity
  return {
    name: username,
    tenant: tenantId,
    ...(tenantName !== undefined && { tenantName }),
    ...(tenantDomains !== undefined && { tenantDomains }),
    clientId,
  }
}
