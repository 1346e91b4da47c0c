import { PimError } from '../../../core/errors.ts'
import { printable, typed } from '../../../core/printable.ts'
import { signInCommand, type TokenSource } from './token-source.ts'

/** What there is on this machine, where none of it has a token. */
export interface Absence {
  /** The tenant that was named, where one was. */
  readonly tenant: string | undefined
  /** Why each source was passed over, in the order tried. */
  readonly passedOver: readonly PimError[]
  /** The tools that somebody is signed in to, in the order tried. */
  readonly tools: readonly TokenSource[]
}

/** Why there is no token for ARM. */
export function nobodyForArm({ tenant, passedOver, tools }: Absence): PimError {
  const isConsent = ({ code }: PimError): boolean => code === 'consent-missing'
  // A tool that somebody signed in to is more likely meant than an application that may not.
  const why = passedOver.find((error) => !isConsent(error)) ?? passedOver[0]
  if (why !== undefined) return why
  const [tool] = tools
  // It has a token of another tenant, or of another account.
  if (tool !== undefined && tenant !== undefined) return toolElsewhere(tool, tenant)
  return notSignedIn(tenant, '`pim login azure`, or `az login` for Azure resource roles')
}

/** Why there is no token for Graph. */
export function nobodyForGraph({ tenant, tools }: Absence): PimError {
  if (tools.length === 0) return notSignedIn(tenant, '`pim login azure`')
  return new PimError(
    'sign-in',
    'graph-sign-in-needed',
    'Entra roles and groups need a sign-in of their own: Microsoft gives the Azure CLI no permission to activate them',
    { hint: `run ${login(tenant)}` },
  )
}

function toolElsewhere(tool: TokenSource, tenant: string): PimError {
  const message = `${tool.name} is not signed in to the tenant ${printable(tenant)}`
  return new PimError('sign-in', 'not-signed-in', message, {
    hint: `run \`${signInCommand(tool, tenant)}\` or ${login(tenant)}`,
  })
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
    : `\`pim login azure --tenant ${typed(tenant)}\``
}
