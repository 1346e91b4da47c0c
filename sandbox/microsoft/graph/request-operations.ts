import { renderPrincipal } from './directory.ts'
import { expandOf, get, ok, page, post, whole } from './operation.ts'
import type { Operation, Turn } from './operation.ts'
import { cancelRequest, listRequests, ownRequest, postRequest, renderNow } from './requests.ts'
import type { RequestSurface } from './requests.ts'
import { renderRole } from './roles.ts'
import type { GraphScope } from './scopes.ts'
import type { PimRequest } from '../pim/state.ts'
import { badRequest } from '../server/error.ts'
import { listing } from '../server/paging.ts'

interface RequestPlace {
  readonly path: string
  readonly surface: RequestSurface
  /** As in `activate-role`. */
  readonly noun: 'role' | 'group'
  readonly scope: GraphScope
}

/** Making, reading, listing and cancelling requests, alike for roles and groups. */
export function requestOperations({
  path,
  surface,
  noun,
  scope,
}: RequestPlace): readonly Operation[] {
  const byUser = String.raw`/filterByCurrentUser\(on='(principal|createdBy|approver)'\)`
  return [
    {
      method: 'POST',
      pattern: whole(path),
      operation: ({ body }) => `${verbOf(body)}-${noun}`,
      scope,
      act: ({ request, requestor, pim }) => postRequest(surface, request.body, requestor, pim),
    },
    get(
      `${path}(?:${byUser})?`,
      (request) =>
        `list-${noun}-requests${/on='approver'/i.test(request.path) ? '-to-approve' : ''}`,
      scope,
      (turn) => {
        const found = listRequests(surface, turn.name, turn.requestor.id, turn.pim)
        const all = found.map((one) => renderExpanded(surface, one, turn))
        return page(listing(all.filter(readFilter(turn.request.query.get('$filter')))), turn)
      },
    ),
    get(`${path}/([^/]+)`, `read-${noun}-request`, scope, (turn) => {
      const request = ownRequest(surface.kind, turn.name, turn.requestor, turn.pim)
      return ok(renderExpanded(surface, request, turn))
    }),
    post(`${path}/([^/]+)/cancel`, `cancel-${noun}-request`, scope, ({ name, requestor, pim }) =>
      cancelRequest(surface, name, requestor, pim),
    ),
  ]
}

function verbOf(body: unknown): string {
  const text = JSON.stringify(body ?? null)
  if (/"isValidationOnly":true/.test(text)) return 'validate'
  return /"action":"selfDeactivate"/i.test(text) ? 'deactivate' : 'activate'
}

type Rendered = Readonly<Record<string, unknown>>

/** With the person and the role, where asked for. A group cannot be relied on to come along, so it never does. */
function renderExpanded(surface: RequestSurface, request: PimRequest, turn: Turn): Rendered {
  const expand = expandOf(turn)
  const seed = turn.pim.seed()
  const isRole = surface.kind === 'entra'
  return {
    ...renderNow(surface, request, turn.pim),
    ...(expand.includes('principal') && { principal: renderPrincipal(request.principalId, seed) }),
    ...(isRole &&
      expand.includes('roleDefinition') && { roleDefinition: renderRole(request.roleId, seed) }),
  }
}

/** Comparisons for equality, all of which have to hold. Throws 400 for every other filter. */
function readFilter(filter: string | null): (one: Rendered) => boolean {
  const conditions = (filter ?? '')
    .split(/\s+and\s+/i)
    .filter((text) => text.trim() !== '')
    .map((text) => {
      const [, name = '', value] = /^\s*(\w+)\s+eq\s+'([^']*)'\s*$/i.exec(text) ?? []
      if (value !== undefined) return { name, value }
      throw badRequest(`Unsupported or invalid query filter clause: ${text}`)
    })
  return (one) => conditions.every(({ name, value }) => one[name] === value)
}
