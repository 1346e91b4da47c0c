import { slug, type Target } from '../../../../core/target.ts'
import { distinctForms, fold } from '../unique-names.ts'
import { targetsOf, type Targets } from '../targets.ts'
import type { GroupInstance, GroupRight } from '../wire.ts'

/** What is meant where a path does not say as what one is in a group. */
const unsaid = 'member'

/**
 * The places in groups that these rows stand for: eligible ones, and those that are active though
 * one is not eligible any more. `names` holds the groups' names by their ids.
 */
export function groupTargets(
  eligible: readonly GroupInstance[],
  active: readonly GroupInstance[],
  names: ReadonlyMap<string, string>,
): Targets {
  const rows = [...eligible, ...active]
  const spelling = distinctForms(new Map(rows.map(({ right }) => groupForms(right, names))))
  return targetsOf(eligible, active, (row) => groupTarget(row, pathTo(row.right, spelling), names))
}

function groupForms(
  { groupId }: GroupRight,
  names: ReadonlyMap<string, string>,
): [string, string[]] {
  const id = fold(groupId)
  return [id, [slug(names.get(id) ?? ''), groupId]]
}

function pathTo({ groupId, accessId }: GroupRight, spelling: ReadonlyMap<string, string>): string {
  const group = spelling.get(fold(groupId)) ?? groupId
  return accessId === unsaid ? group : `${group}@${accessId}`
}

function groupTarget(
  { right }: GroupInstance,
  path: string,
  names: ReadonlyMap<string, string>,
): Target {
  const { groupId, accessId } = right
  const name = names.get(fold(groupId))
  const known = name === undefined ? [groupId] : [name, groupId]
  const withAccess = known.map((each) => `${each}@${accessId}`)
  return {
    provider: 'group',
    path,
    role: accessId,
    scope: groupId,
    ...(name !== undefined && { scopeName: name }),
    displayNames: accessId === unsaid ? [...known, ...withAccess] : withAccess,
    reference: right,
  }
}
