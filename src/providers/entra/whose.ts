import type { CloudIdentity } from '../../core/provider.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'

/** Whom a right is given to, as later calls name them. */
export async function whose(
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<{ readonly principalId: string; readonly tenantId: string }> {
  const { objectId, tenantId } = await client.identity(signal)
  return { principalId: objectId, tenantId }
}

/** Who Graph takes us for. */
export async function whoAmI(client: MicrosoftClient, signal: AbortSignal): Promise<CloudIdentity> {
  // A token that is held would answer even who has given up.
  signal.throwIfAborted()
  const identity = await client.identity(signal)
  const { username, objectId, tenantId, source, variables, scopes, expiresAt } = identity
  const name = username || objectId
  return {
    name,
    person: name.split('@')[0] || name,
    account: tenantId,
    signIn: { source, ...(variables !== undefined && { variables }), scopes, expiresAt },
  }
}
