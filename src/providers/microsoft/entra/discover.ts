import type { Findings } from '../../../core/provider.ts'
import type { Asker } from './graph-context.ts'
import { groupTargets } from './groups/group-targets.ts'
import { standingOf, type Instance } from './schedule/schedule-instance.ts'
import { at, readLists, type Lists } from './schedule/lists.ts'
import { readGroupNames, readUnitNames, type Names } from './names.ts'
import { roleTargets, unitOf } from './roles/role-targets.ts'
import { directoryRoles, groups } from './schedule/schedule-api.ts'
import type { Targets } from './targets.ts'
import { whose } from './principal.ts'

/**
 * The directory roles that one is eligible for, and which of them are active. Throws where the
 * former cannot be read, naming the surface.
 */
export async function discoverRoles(asker: Asker, signal: AbortSignal): Promise<Findings> {
  return naming(directoryRoles, async () => {
    const lists = await readLists(directoryRoles, asker, signal)
    const scopes = rowsOf(lists).map(({ right }) => right.directoryScopeId)
    const units = scopes.flatMap((scope) => unitOf(scope) ?? [])
    const names = await readUnitNames(units, asker.client, signal)
    const targets = roleTargets(lists.eligible, lists.active, names.names)
    return findings(lists, names, targets, await whose(asker.client, signal))
  })
}

/** The same for groups: what one may become in them, and what of it one is. */
export async function discoverGroups(asker: Asker, signal: AbortSignal): Promise<Findings> {
  return naming(groups, async () => {
    const lists = await readLists(groups, asker, signal)
    const ids = rowsOf(lists).map(({ right }) => right.groupId)
    const names = await readGroupNames(ids, asker.client, signal)
    const targets = groupTargets(lists.eligible, lists.active, names.names)
    return findings(lists, names, targets, await whose(asker.client, signal))
  })
}

/** What failed says where, so that nobody takes it for "nothing eligible". */
async function naming(
  surface: { readonly name: string },
  read: () => Promise<Findings>,
): Promise<Findings> {
  try {
    return await read()
  } catch (error) {
    throw at(surface, error)
  }
}

function rowsOf<Row extends Instance>({ eligible, active }: Lists<Row>): readonly Row[] {
  return [...eligible, ...active]
}

function findings(
  lists: Lists<Instance>,
  names: Names,
  { targets, pathOf }: Targets,
  facts: Readonly<Record<string, string>>,
): Findings {
  return {
    targets,
    active: lists.active.map((row) => standingOf(row, pathOf(row.right) ?? '', facts)),
    troubles: [...lists.troubles, ...names.troubles],
  }
}
