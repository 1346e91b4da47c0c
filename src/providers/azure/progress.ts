import { asPimError } from '../../core/errors.ts'
import type { Elevation } from '../../core/elevation.ts'
import type { Progress, Standing } from '../../core/provider.ts'
import type { Target } from '../../core/target.ts'
import { liesAhead, progressOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import { denialIn } from '../microsoft/stage.ts'
import { listActive, listActiveAt } from './lists.ts'
import { find } from './requests.ts'
import { rightKey } from './scope.ts'
import { lastToEnd, standingOf } from './standing.ts'
import { readStages } from './stages.ts'
import { roleDefinitionOf } from './target.ts'
import type { ActiveRow } from './wire.ts'

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
  return lastToEnd([...everywhere.rows, ...here.rows], now()).find(
    (row) => rightKey(row.scope, row.roleDefinitionId) === wanted,
  )
}

/** What ARM says of an elevation by now: by the list of what is active, else by the request. */
export async function progress(
  elevation: Elevation,
  client: MicrosoftClient,
  now: () => Date,
  signal: AbortSignal,
): Promise<Progress> {
  const { scope = elevation.scope, roleDefinitionId = '' } = elevation.facts
  const { providerRequestId } = elevation
  const [row, request] = await Promise.all([
    activeRow(scope, roleDefinitionId, client, now, signal),
    providerRequestId === undefined ? undefined : find(client, scope, providerRequestId, signal),
  ])
  const providerNow = new Date(now().getTime() + elevation.clockAheadMs)
  // What is active before its time was activated by another request.
  const isAhead = request?.startsAt !== undefined && liesAhead(request.startsAt, providerNow)
  if (row !== undefined && !isAhead) {
    const { startsAt, endsAt } = row
    return { state: 'active', startsAt, ...(endsAt && { expiresAt: endsAt }) }
  }
  if (request === undefined) return unseen(elevation, providerNow)
  const found = progressOf(request, providerNow)
  if (found.state !== 'denied' || request.approvalId === undefined) return found
  const reason = await denialReason(request.approvalId, client, signal)
  return reason === undefined ? found : { ...found, reason }
}

/** Neither listed nor to be looked at: what it was when it was last seen, but not active. */
function unseen({ state, startsAt, expiresAt }: Elevation, now: Date): Progress {
  if (expiresAt <= now) return { state: 'expired', startsAt, expiresAt }
  return { state: state === 'active' ? 'provisioning' : state, startsAt, expiresAt }
}

/** What an approver wrote who said no. A reason that may not be read is none. */
async function denialReason(
  approvalId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const id = approvalId.slice(approvalId.lastIndexOf('/') + 1)
    return denialIn(await readStages(id, client, signal))
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return undefined
  }
}
