import { asPimError, type PimError } from '../../../core/errors.ts'
import type { Findings } from '../../../core/provider.ts'
import type { MicrosoftClient } from '../http/client.ts'
import { providerNow } from '../http/server-clock.ts'
import { closestEligible } from './scope/locate.ts'
import { listActive, listActiveAt, listEligible } from './schedule/lists.ts'
import { findNames } from './scope/missing-names.ts'
import { namePlaces } from './scope/scope-names.ts'
import { fold, rightKey } from './scope/scope.ts'
import { lastToEnd, standingOf } from './schedule/active.ts'
import { mergeEligible, targetOf, referenceOf } from './target.ts'
import type { ActiveRow, Place, Rows } from './wire.ts'

/**
 * Everything that the caller is eligible for, and what is active: a target, too, where nothing
 * listed is eligible just there. Throws where the eligibilities cannot be read.
 */
export async function discover(
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Findings> {
  const [eligible, everywhere, identity] = await Promise.all([
    listEligible(client, signal),
    listActive(client, signal).catch(withoutRows),
    client.identity(signal),
  ])
  const isEmpty = everywhere.trouble === undefined && everywhere.rows.length === 0
  const scopes = isEmpty ? fewScopes(eligible.rows) : []
  const here = await listActiveAt(client, scopes, signal)
  const listedRights = mergeEligible(eligible.rows)
  const listed = lastToEnd([...everywhere.rows, ...here.rows], providerNow({ client, now }))
  const found = await findNames([...listedRights, ...listed], client, signal)
  const { subscriptions, named } = found
  const rights = listedRights.map(named)
  const active = listed.map(named)
  const places: readonly Place[] = [...rights, ...active]
  const names = namePlaces(places, subscriptions)
  const targets = rights.map((right) =>
    targetOf(right, names, referenceOf(right, subscriptions), right.endsAt),
  )
  const known = new Set(rights.map((right) => rightKey(right.scope, right.roleDefinitionId)))
  const elsewhere = active
    .filter((row) => !known.has(rightKey(row.scope, row.roleDefinitionId)))
    .map((row) => {
      const above = closestEligible(row.scope, row.roleDefinitionId, targets)
      const own = referenceOf({ ...row, scheduleId: row.eligibilityScheduleId }, subscriptions)
      return targetOf(row, names, { ...own, ...above?.reference }, above?.eligibleUntil)
    })
  return {
    targets: [...targets, ...elsewhere],
    active: active.map((row) => standingOf(row, names.pathOf(row), identity)),
    troubles: [eligible.trouble, everywhere.trouble, ...here.troubles, ...found.troubles].flatMap(
      (trouble: PimError | undefined) => trouble ?? [],
    ),
  }
}

/** So many scopes are worth a question each where the list of the tenant may be wrongly empty. */
const fewest = 8

/** As a rule nothing is active, and an empty list is right: then many questions would be in vain. */
function fewScopes(rows: readonly { readonly scope: string }[]): readonly string[] {
  const distinct = new Map(rows.map(({ scope }) => [fold(scope), scope]))
  return distinct.size <= fewest ? [...distinct.values()] : []
}

function withoutRows(error: unknown): Rows<ActiveRow> {
  const trouble = asPimError(error)
  if (trouble.kind === 'interrupted') throw trouble
  return { rows: [], trouble }
}
