import { slug, type Target } from '../../../../core/target.ts'
import { distinctForms, fold } from '../unique-names.ts'
import { targetsOf, type Targets } from '../targets.ts'
import type { RoleInstance, RoleRight } from '../wire.ts'

const tenantWide = '/'
const unitPrefix = '/administrativeUnits/'

/** The id of the administrative unit that a directory scope stands for; undefined for any other scope. */
export function unitOf(directoryScopeId: string): string | undefined {
  return fold(directoryScopeId).startsWith(fold(unitPrefix))
    ? directoryScopeId.slice(unitPrefix.length)
    : undefined
}

/**
 * The directory roles that these rows stand for: eligible ones, and those that are active though
 * one is not eligible any more. `units` holds the names of administrative units by their ids.
 */
export function roleTargets(
  eligible: readonly RoleInstance[],
  active: readonly RoleInstance[],
  units: ReadonlyMap<string, string>,
): Targets {
  const rows = [...eligible, ...active]
  const names: Names = { units, roles: roleNames(rows) }
  const spelling: Spelling = {
    roles: distinctForms(new Map(rows.map(({ right }) => roleForms(right, names)))),
    scopes: distinctForms(new Map(rows.map(({ right }) => scopeForms(right, names)))),
  }
  return targetsOf(eligible, active, (row) => roleTarget(row, pathTo(row.right, spelling), names))
}

/** Names by folded ids, of those that have one. */
interface Names {
  readonly roles: ReadonlyMap<string, string>
  readonly units: ReadonlyMap<string, string>
}

/** What stands in a path, by folded ids. */
interface Spelling {
  readonly roles: ReadonlyMap<string, string>
  readonly scopes: ReadonlyMap<string, string>
}

/** One row of a role may come without the name that another brings along. */
function roleNames(rows: readonly RoleInstance[]): ReadonlyMap<string, string> {
  return new Map(
    rows.flatMap(({ right, roleName }) =>
      roleName === undefined ? [] : [[fold(right.roleDefinitionId), roleName] as const],
    ),
  )
}

function roleForms({ roleDefinitionId }: RoleRight, { roles }: Names): [string, string[]] {
  const id = fold(roleDefinitionId)
  return [id, [slug(roles.get(id) ?? ''), roleDefinitionId]]
}

function scopeForms({ directoryScopeId }: RoleRight, names: Names): [string, string[]] {
  const name = unitName(directoryScopeId, names)
  return [fold(directoryScopeId), [slug(name ?? ''), objectOf(directoryScopeId)]]
}

function pathTo(
  { roleDefinitionId, directoryScopeId }: RoleRight,
  { roles, scopes }: Spelling,
): string {
  const role = roles.get(fold(roleDefinitionId)) ?? roleDefinitionId
  if (directoryScopeId === tenantWide) return role
  return `${role}@${scopes.get(fold(directoryScopeId)) ?? directoryScopeId}`
}

function roleTarget({ right, facts }: RoleInstance, path: string, names: Names): Target {
  const { roleDefinitionId, directoryScopeId } = right
  const name = names.roles.get(fold(roleDefinitionId))
  const unit = unitName(directoryScopeId, names)
  const { scheduleId: _, ...reference } = facts
  return {
    provider: 'entra',
    path,
    role: name ?? roleDefinitionId,
    scope: directoryScopeId,
    ...(unit !== undefined && { scopeName: unit }),
    displayNames: namesAt([name, roleDefinitionId], [unit, objectOf(directoryScopeId)]),
    reference,
  }
}

type MaybeNames = readonly (string | undefined)[]

/** A scoped role answers to no name without its scope: it is another than the tenant-wide one. */
function namesAt(roles: MaybeNames, scopes: MaybeNames): readonly string[] {
  const ofRole = roles.flatMap((name) => name || [])
  const ofScope = scopes.flatMap((name) => name || [])
  if (ofScope.length === 0) return ofRole
  return ofRole.flatMap((role) => ofScope.map((scope) => `${role}@${scope}`))
}

function unitName(directoryScopeId: string, { units }: Names): string | undefined {
  const unit = unitOf(directoryScopeId)
  return unit === undefined ? undefined : units.get(fold(unit))
}

/** The id of the object that a scope stands for; nothing for the whole tenant. */
function objectOf(directoryScopeId: string): string {
  return unitOf(directoryScopeId) ?? directoryScopeId.replace(/^\//, '')
}
