import type { TenantRequest } from './request.ts'

/** One page of a list and, where there are more, the link to the next. */
interface Page {
  readonly items: readonly unknown[]
  readonly next: string | undefined
}

/** A list whose entries are written down only once their page is asked for. */
export interface Listing<T = unknown> {
  readonly all: readonly T[]
  readonly write: (one: T) => unknown
}

/** A list of what is written down already. */
export function listing(all: readonly unknown[]): Listing {
  return { all, write: (one) => one }
}

/** Cuts out the page that a request is for. The link is absolute, on the host that was asked. */
export function pageOf<T>({ all, write }: Listing<T>, request: TenantRequest, size: number): Page {
  const start = Number(request.query.get('$skiptoken') ?? 0)
  const end = start + size
  if (end >= all.length) return { items: all.slice(start).map(write), next: undefined }
  const query = new URLSearchParams(request.query)
  query.set('$skiptoken', String(end))
  const path = request.path.split('/').map(encodeURIComponent).join('/')
  return {
    items: all.slice(start, end).map(write),
    next: `${request.origin}${path}?${query.toString()}`,
  }
}
