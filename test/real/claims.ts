import type { Stand } from './fixture.ts'

/** Azure's demand for multi-factor authentication. */
export const p1 = { access_token: { acrs: { essential: true, values: ['p1'] } } }

/** The claims of access tokens that reached the authority, without what the library adds itself. */
export function claimsAsked({ tenant }: Stand): readonly unknown[] {
  return tenant.calls.flatMap(({ surface, claims }) => {
    if (surface !== 'authority' || typeof claims !== 'object' || claims === null) return []
    const { access_token: asked } = claims as { access_token?: Record<string, unknown> }
    const { xms_cc: _, ...wanted } = asked ?? {}
    return Object.keys(wanted).length === 0 ? [] : [{ access_token: wanted }]
  })
}
