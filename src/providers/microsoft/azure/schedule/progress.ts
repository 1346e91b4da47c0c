import type { Elevation } from '../../../../core/elevation/elevation.ts'
import type { Progress, Standing } from '../../../../core/provider.ts'
import type { Target } from '../../../../core/target.ts'
import type { Assigned } from '../../pim/request-activation.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { progressFrom } from '../../pim/progress.ts'
import { providerNow } from '../../http/server-clock.ts'
import { listActive, listActiveAt } from './lists.ts'
import { find } from '../requests/requests.ts'
import { rightKey } from '../scope/scope.ts'
import { lastToEnd, standingOf } from './active.ts'
import { readStages } from '../requests/stages.ts'
import { roleDefinitionOf } from '../target.ts'
import { trailOf } from '../requests/request-history.ts'
import type { ActiveRow, ArmRequest } from '../wire.ts'

/** The activation of a target that is in force and ends last. */
export async function current(
  target: Target,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Standing | undefined> {
  const row = await activeRow(target.scope, roleDefinitionOf(target), client, now, signal)
  return row && standingOf(row, target.path, await client.identity(signal))
}

/**
 * Where ARM lists the role as active just there. An entry that cannot be read is passed over: ARM
 * refuses what is active already.
 */
export async function activeRow(
  scope: string,
  roleDefinitionId: string,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<ActiveRow | undefined> {
  const everywhere = await listActive(client, signal)
  const isEmpty = everywhere.rows.length === 0
  const here = await listActiveAt(client, isEmpty ? [scope] : [], signal)
  const wanted = rightKey(scope, roleDefinitionId)
  const rows = [...everywhere.rows, ...here.rows]
  return lastToEnd(rows, providerNow({ client, now })).find(
    (row) => rightKey(row.scope, row.roleDefinitionId) === wanted,
  )
}

/** How a role is held at a scope that nobody has activated. Throws as the client does. */
export async function findAssigned(
  scope: string,
  roleDefinitionId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Assigned | undefined> {
  const wanted = rightKey(scope, roleDefinitionId)
  const { rows } = await listActive(client, signal)
  return rows.find(
    (row) => !row.isActivated && rightKey(row.scope, row.roleDefinitionId) === wanted,
  )
}

/** What ARM says of an elevation by now, by its request and by the list of what is active. */
export async function progress(
  elevation: Elevation,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Progress> {
  const { scope = elevation.scope, roleDefinitionId = '' } = elevation.facts
  return progressFrom(elevation, {
    request: async () => requestOf(elevation, client, signal),
    listed: async () => activeRow(scope, roleDefinitionId, client, now, signal),
    trail: async () => trailOf(scope, roleDefinitionId, client, now, signal),
    stages: async (approvalId) => readStages(approvalId, client, signal),
    now: () => providerNow({ client, now }),
    clockAheadMs: client.clockAheadMs,
  })
}

/** The request of an elevation; undefined where none is known here, or shown by ARM. */
export async function requestOf(
  elevation: Elevation,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<ArmRequest | undefined> {
  const { scope, facts, providerRequestId } = elevation
  if (providerRequestId === undefined) return undefined
  return find(client, facts.scope ?? scope, providerRequestId, signal, elevation)
}
