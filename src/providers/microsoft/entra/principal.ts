import type { MicrosoftClient } from '../http/client.ts'

/** Whom a right is given to, as later calls name them. */
export async function whose(
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<{ readonly principalId: string; readonly tenantId: string }> {
  const { objectId, tenantId } = await client.identity(signal)
  return { principalId: objectId, tenantId }
}
