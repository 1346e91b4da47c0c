import * as v from 'valibot'

import { renderGroup } from './groups.ts'
import { groupsOf, heldBy } from '../pim/state.ts'
import type { PimState } from '../pim/state.ts'
import { TenantError, badRequest } from '../server/error.ts'
import { sameText } from '../seed/model.ts'
import type { TenantPerson, TenantSeed } from '../seed/model.ts'

/** The person whose token was sent. Throws 400 for an application, which is nobody. */
export function getMe(callerId: string, state: PimState): unknown {
  const person = state.seed().people.find(({ id }) => id === callerId)
  if (person !== undefined) return renderPerson(person)
  throw badRequest('/me request is only valid with delegated authentication flow.')
}

/** The tenant whose token was sent. `User.Read` shows no more of it than this. */
export function listOrganizations(selected: string | null, state: PimState): unknown[] {
  const { id, displayName, domain } = state.seed().organization
  const verified = { capabilities: 'Email', isDefault: true, isInitial: true, type: 'Managed' }
  const all = { id, displayName, verifiedDomains: [{ ...verified, name: domain }] }
  const names = selected?.split(',').map((name) => name.trim()) ?? Object.keys(all)
  return [Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))]
}

/** Objects of any kind, those that exist, in the order that was asked. */
export function getByIds(body: unknown, state: PimState): unknown[] {
  const { ids } = readBody(v.object({ ids: v.array(v.string()) }), body)
  if (ids.length > 1000) throw badRequest('Too many ids: 1000 is the most.')
  return ids.flatMap((id) => renderPrincipal(id, state.seed()) ?? [])
}

/** A person or a group, with what it is; null where there is none of that id. */
export function renderPrincipal(id: string, seed: TenantSeed): Record<string, unknown> | null {
  const person = seed.people.find((one) => sameText(one.id, id))
  if (person !== undefined) {
    return { '@odata.type': '#microsoft.graph.user', ...renderPerson(person) }
  }
  const group = renderGroup(id, seed)
  return group === undefined ? null : { '@odata.type': '#microsoft.graph.group', ...group }
}

/** The groups that a filter of the form `id in ('…')` names; every group without one. */
export function listGroups(filter: string | null, state: PimState): unknown[] {
  const seed = state.seed()
  if (filter === null) return seed.groups.map(({ id }) => renderGroup(id, seed))
  const [, list] = /^\s*id\s+in\s*\((.*)\)\s*$/i.exec(filter) ?? []
  const [, single] = /^\s*id\s+eq\s+'([^']*)'\s*$/i.exec(filter) ?? []
  if (list === undefined && single === undefined) {
    throw badRequest(`Unsupported or invalid query filter clause: ${filter}`)
  }
  const ids =
    single === undefined ? [...(list ?? '').matchAll(/'([^']*)'/g)].map((one) => one[1]) : [single]
  // The service takes this many in one clause.
  if (ids.length > 15)
    throw badRequest('Too many child clauses specified in search filter expression.')
  return ids.flatMap((id) => renderGroup(id ?? '', seed) ?? [])
}

export function getGroup(id: string, state: PimState): unknown {
  return renderGroup(id, state.seed()) ?? notFound(id)
}

export function getAdministrativeUnit(id: string, state: PimState): unknown {
  const unit = state.seed().administrativeUnits.find((one) => sameText(one.id, id))
  if (unit === undefined) return notFound(id)
  return { id: unit.id, displayName: unit.displayName, description: null, visibility: null }
}

/** Those of the groups that the caller is in by now. */
export function checkMemberGroups(body: unknown, callerId: string, state: PimState): string[] {
  const { groupIds } = readBody(v.object({ groupIds: v.array(v.string()) }), body)
  if (groupIds.length > 20) throw badRequest('Too many groupIds: 20 is the most.')
  const held = groupsOf(callerId, state)
  return groupIds.filter((id) => held.some((one) => sameText(one, id)))
}

/** The groups that the caller owns by now. */
export function listOwned(callerId: string, state: PimState): unknown[] {
  return heldBy(callerId, 'group', state)
    .filter(({ roleId }) => roleId === 'owner')
    .flatMap(({ scope }) => {
      const group = renderGroup(scope, state.seed())
      return group === undefined ? [] : [{ '@odata.type': '#microsoft.graph.group', ...group }]
    })
}

function readBody<T>(schema: v.GenericSchema<unknown, T>, body: unknown): T {
  const read = v.safeParse(schema, body)
  if (read.success) return read.output
  throw badRequest('The request body is not valid.')
}

function renderPerson({ id, displayName, userPrincipalName }: TenantPerson) {
  return { id, displayName, userPrincipalName, mail: userPrincipalName, accountEnabled: true }
}

function notFound(id: string): never {
  throw new TenantError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  )
}
