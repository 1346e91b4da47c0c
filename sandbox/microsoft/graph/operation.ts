import type { GraphScope } from './scopes.ts'
import type { Requestor } from '../pim/activate.ts'
import type { ApiGround } from '../api-context.ts'
import { pageOf } from '../server/paging.ts'
import type { Listing } from '../server/paging.ts'
import type { TenantAnswer, TenantRequest } from '../server/request.ts'

export type GraphVersion = 'v1.0' | 'beta'

/** One call, understood. */
export interface Turn extends ApiGround {
  readonly request: TenantRequest
  readonly requestor: Requestor
  /** What the pattern caught first, and next. */
  readonly name: string
  readonly stage: string
}

/** Something Graph can do. */
export interface Operation {
  readonly method: string
  /** Undefined: it is in every version. */
  readonly version?: GraphVersion
  /** Of the path after the version. */
  readonly pattern: RegExp
  readonly operation: string | ((request: TenantRequest) => string)
  readonly scope: GraphScope | ((request: TenantRequest) => GraphScope)
  readonly act: (turn: Turn) => TenantAnswer
}

export function get(
  path: string,
  operation: Operation['operation'],
  scope: GraphScope,
  act: Operation['act'],
): Operation {
  return { method: 'GET', pattern: whole(path), operation, scope, act }
}

export function post(
  path: string,
  operation: string,
  scope: GraphScope,
  act: Operation['act'],
): Operation {
  return { method: 'POST', pattern: whole(path), operation, scope, act }
}

/** What fits a path from its beginning to its end. */
export function whole(path: string): RegExp {
  return new RegExp(`^${path}$`, 'i')
}

export function ok(body: unknown): TenantAnswer {
  return { status: 200, body }
}

/** The relations that are asked for along; what is asked of them in turn is passed over. */
export function expandOf({ request }: Pick<Turn, 'request'>): readonly string[] {
  const names = (request.query.get('$expand') ?? '').replaceAll(/\([^)]*\)/g, '')
  return names.split(',').map((name) => name.trim())
}

/** The page of a list that is asked for. */
export function page<T>(list: Listing<T>, { request, settings }: Turn): TenantAnswer {
  const { items, next } = pageOf(list, request, settings.pageSize)
  const [, version, ...path] = request.path.split('/')
  return ok({
    '@odata.context': `${request.origin}/${version}/$metadata#${path.join('/')}`,
    ...(next !== undefined && { '@odata.nextLink': next }),
    value: items,
  })
}
