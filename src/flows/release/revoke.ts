import type { Json } from '../../core/audit/audit.ts'
import type { CredentialStores, Secret } from '../../core/credentials.ts'
import { credentialsKey, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import type { Provider } from '../../core/provider.ts'
import type { Revocation } from '../../core/elevation/revocation.ts'

interface RevokeDeps {
  readonly stores: CredentialStores
  readonly signal: AbortSignal
}

/**
 * Has the provider deny what it handed out to this person so far, before the credentials that may serve
 * for it are forgotten. Undefined where there is nothing to be denied. Throws nothing: what comes of it
 * keeps nobody from giving back.
 */
export async function tryToRevoke(
  elevation: Elevation,
  { revoke }: Provider,
  deps: RevokeDeps,
): Promise<Revocation | undefined> {
  if (revoke === undefined) return undefined
  try {
    return await revoke(elevation, await heldCredentials(elevation, deps), deps.signal)
  } catch (error) {
    return { state: 'not-revoked', error: asPimError(error).about(elevation.target) }
  }
}

/** A store that does not open is no reason not to try with other credentials. */
async function heldCredentials(
  elevation: Elevation,
  { stores }: RevokeDeps,
): Promise<Secret | undefined> {
  if (elevation.store === undefined) return undefined
  try {
    return await stores.open(elevation.store).read(credentialsKey(elevation))
  } catch {
    return undefined
  }
}

/** What the record of a release says of it. */
export function revocationFacts(
  revocation: Revocation | undefined,
): Readonly<Record<string, Json>> {
  if (revocation === undefined) return {}
  if (revocation.state === 'not-revoked') return { revokeError: revocation.error.code }
  const { account, role, name, deniesBefore } = revocation.policy
  return {
    revokedBefore: deniesBefore.toISOString(),
    revokePolicy: name,
    revokeRole: `${account}/${role}`,
  }
}

/** The same for the error that there is no record. */
export function revocationClause(revocation: Revocation | undefined): string {
  if (revocation === undefined) return ''
  if (revocation.state === 'not-revoked') return `, not revoked (${revocation.error.message})`
  const { name, role, account } = revocation.policy
  return ` and older sessions denied by the policy ${name} on the role ${role} of ${account}`
}
