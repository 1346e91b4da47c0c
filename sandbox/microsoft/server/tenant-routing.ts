import { armSurface } from '../arm/server.ts'
import { tokenOf } from '../authority/bearer.ts'
import { authoritySurface } from '../authority/server.ts'
import { graphSurface } from '../graph/server.ts'
import { approveDue } from '../pim/decide.ts'
import type { ApiGround } from '../api-context.ts'
import { sameText } from '../seed/model.ts'
import type { Surface, TenantRequest } from './request.ts'
import type { TenantSurface } from './server.ts'

/** One tenant, as far as requests reach it: by its surfaces. */
export interface TenantSide {
  readonly surfaces: Readonly<Record<Surface, TenantSurface>>
  /** Whether a request names it: in the path at the sign-in, in the token elsewhere. */
  readonly isMeant: (request: TenantRequest) => boolean
}

export function sideOf(ground: ApiGround): TenantSide {
  const { pim, authority } = ground
  // What is due by now was so before anybody asks.
  const upToDate = (surface: TenantSurface): TenantSurface => ({
    ...surface,
    route: (request) => {
      approveDue(pim)
      return surface.route(request)
    },
  })
  return {
    surfaces: {
      arm: upToDate(armSurface(ground)),
      graph: upToDate(graphSurface(ground)),
      authority: upToDate(authoritySurface(authority)),
    },
    isMeant: ({ path, headers }) => {
      const { id, domain } = authority.seed().organization
      const [, first = ''] = path.split('/')
      return (
        [id, domain].some((one) => sameText(one, first)) ||
        tokenOf(headers, authority) !== undefined
      )
    },
  }
}

/** Several tenants at one address: each answers what names it, and the first the rest. */
export function sharedSurface(name: Surface, sides: readonly TenantSide[]): TenantSurface {
  const answering = (request: TenantRequest): TenantSurface => {
    const side = sides.find(({ isMeant }) => isMeant(request)) ?? sides[0]
    if (side === undefined) throw new Error('there is no tenant')
    return side.surfaces[name]
  }
  return {
    surface: name,
    route: (request) => answering(request).route(request),
    wordError: (error, request) => answering(request).wordError(error, request),
    headers: (request) => answering(request).headers(request),
    callerOf: (request) => answering(request).callerOf(request),
  }
}
