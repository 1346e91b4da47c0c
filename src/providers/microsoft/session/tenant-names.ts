import * as v from 'valibot'
import type { MicrosoftEndpoints } from '../http/endpoints.ts'
import type { Ground } from '../sign-in/context.ts'
import type { HeldToken } from '../tokens/token.ts'

const Organization = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    value: v.array(
      v.object({
        id: v.string(),
        displayName: v.fallback(v.nullish(v.string()), undefined),
        verifiedDomains: v.fallback(v.array(v.object({ name: v.string() })), []),
      }),
    ),
  }),
)

export interface TenantNames {
  readonly tenantDisplayName?: string
  readonly tenantDomains?: string[]
}

/** A sign-in works without knowing what its tenant is called. */
const limitMs = 5000

/**
 * What a tenant calls itself, by `GET /organization`, which `User.Read` permits; empty where it does not
 * say. https://learn.microsoft.com/graph/api/organization-list
 */
export async function tenantNames(
  { token, tenantId }: HeldToken,
  { graph }: MicrosoftEndpoints,
  { http }: Pick<Ground, 'http'>,
  signal: AbortSignal,
): Promise<TenantNames> {
  try {
    const { text } = await http.exchange({
      method: 'GET',
      url: `${graph}/v1.0/organization?$select=id,displayName,verifiedDomains`,
      headers: { Authorization: `Bearer ${token.reveal()}` },
      signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
    })
    const found = v.safeParse(Organization, text)
    const own = found.success ? found.output.value.find(({ id }) => id === tenantId) : undefined
    if (own === undefined) return {}
    const { displayName, verifiedDomains } = own
    return {
      ...(displayName && { tenantDisplayName: displayName }),
      tenantDomains: verifiedDomains.map(({ name }) => name),
    }
  } catch {
    return {}
  }
}
