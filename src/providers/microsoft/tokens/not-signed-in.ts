import { PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'

/** What there is on this machine, where none of it has a token. */
export interface Absence {
  /** The tenant that was named, where one was. */
  readonly tenant: string | undefined
  /** Why each source was passed over, in the order tried. */
  readonly passedOver: readonly PimError[]
}

/** Why there is no token for ARM. */
export function nobodyForArm({ tenant, passedOver }: Absence): PimError {
  const isConsent = ({ code }: PimError): boolean => code === 'consent-missing'
  // A tool that somebody signed in to is more likely meant than an application that may not.
  const why = passedOver.find((error) => !isConsent(error)) ?? passedOver[0]
  return why ?? notSignedIn(tenant, '`pim login azure`, or `az login` for Azure resource roles')
}

/** Why there is no token for Graph. */
export function nobodyForGraph(absence: Absence & { readonly hasTool: boolean }): PimError {
  const { tenant, hasTool } = absence
  if (!hasTool) return notSignedIn(tenant, '`pim login azure`')
  return new PimError(
    'sign-in',
    'graph-sign-in-needed',
    'Entra roles and groups need a sign-in of their own: Microsoft gives the Azure CLI no permission to activate them',
    { hint: `run ${login(tenant)}` },
  )
}

function notSignedIn(tenant: string | undefined, how: string): PimError {
  const where = tenant === undefined ? 'Microsoft' : `the tenant ${printable(tenant)}`
  return new PimError('sign-in', 'not-signed-in', `not signed in to ${where}`, {
    hint: tenant === undefined ? `sign in with ${how}` : `sign in with ${login(tenant)}`,
  })
}

function login(tenant: string | undefined): string {
  return tenant === undefined
    ? '`pim login azure`'
    : `\`pim login azure --tenant ${printable(tenant)}\``
}
