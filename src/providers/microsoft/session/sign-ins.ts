import type { Account, SignIns } from '../../../core/identity/sign-in.ts'
import type { Scope } from '../http/permissions.ts'
import { sharedSession, type MicrosoftAccount } from './session.ts'
import type { MicrosoftDeps } from '../deps.ts'

/** The sign-ins to Microsoft that pim keeps, as commands see them. */
export function createSignIns(deps: MicrosoftDeps): SignIns {
  const session = sharedSession(deps)
  return {
    signIn: async (request, signal) => {
      const account = await session.signIn(request, signal)
      const notices = [
        ...lacking(account.missing),
        ...(request.deviceCode ? [deviceCodeNotice] : []),
      ]
      return { account: toAccount(account), notices }
    },
    signOut: async (request, signal) => (await session.signOut(request, signal)).map(toAccount),
    accounts: async () => (await session.accounts()).map(toAccount),
    items: session.items,
  }
}

const deviceCodeNotice =
  'a sign-in by device code cannot satisfy an authentication context; for roles that need one, sign in through the browser'

/** What a sign-in does without, where not everything was consented to. */
function lacking(missing: readonly Scope[] | 'graph'): readonly string[] {
  if (missing === 'graph') {
    return ['this sign-in covers Azure resource roles only, no directory roles and no groups']
  }
  if (missing.length === 0) return []
  const named = missing.map(({ name, why }) => `${name} (${why})`).join(', ')
  return [`this sign-in lacks ${missing.length === 1 ? 'a permission' : 'permissions'}: ${named}`]
}

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
