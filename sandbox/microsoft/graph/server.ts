import { randomUUID } from 'node:crypto'

import type { ApiGround } from '../api-context.ts'
import { authenticate, objectIdOf, tokenOf } from '../authority/bearer.ts'
import { operations } from './operation-list.ts'
import { checkScope, wordGraphError } from './scopes.ts'
import type { Route, TenantRequest } from '../server/request.ts'
import type { TenantSurface } from '../server/server.ts'

/** Microsoft Graph, as far as PIM for directory roles and groups goes. */
export function graphSurface(ground: ApiGround): TenantSurface {
  return {
    surface: 'graph',
    route: (request) => routeOf(request, ground),
    wordError: (error) => wordGraphError(error, ground.authority.now()),
    headers: ({ headers }) => {
      const id = randomUUID()
      const sent = headers['client-request-id']
      return { 'request-id': id, 'client-request-id': typeof sent === 'string' ? sent : id }
    },
    callerOf: ({ headers }) => {
      const token = tokenOf(headers, ground.authority)
      return token === undefined ? undefined : objectIdOf(token)
    },
  }
}

function routeOf(request: TenantRequest, ground: ApiGround): Route | undefined {
  const [, asked, path] = /^\/(v1\.0|beta)(\/.+)$/.exec(request.path) ?? []
  if (path === undefined) return undefined
  for (const { method, version = asked, pattern, operation, scope, act } of operations) {
    const isMeant = method === request.method && version === asked
    const match = isMeant ? pattern.exec(path) : null
    if (match === null) continue
    const named = typeof operation === 'string' ? operation : operation(request)
    return {
      operation: named,
      act: () => {
        const token = authenticate(request.headers, 'graph', ground.authority)
        checkScope(token, typeof scope === 'string' ? scope : scope(request))
        const { amr, acrs, capabilities } = token
        const requestor = { id: objectIdOf(token), amr, acrs, capabilities }
        const [, name = '', stage = ''] = match
        return act({ ...ground, request, requestor, name, stage })
      },
    }
  }
  return undefined
}
