import type { AccessRequest } from '../../../../core/elevation/approval.ts'
import { asPimError } from '../../../../core/errors.ts'
import type { ProviderId } from '../../../../core/target.ts'
import { shownOf } from '../../approvals/access-request.ts'
import { readPages, type MicrosoftIdentity } from '../../http/client.ts'
import type { AskedRow } from './approval-wire.ts'
import type { Asker } from '../graph-context.ts'
import type { Instance } from '../schedule/schedule-instance.ts'
import { readPrincipalNames } from '../names.ts'
import { fold } from '../unique-names.ts'
import type { Surface } from '../schedule/schedule-api.ts'
import type { Targets } from '../targets.ts'

/** What names the requests of one surface. */
export interface Naming<Its extends Instance> {
  readonly provider: ProviderId
  readonly surface: Surface<Its>
  /** The targets that rows stand for, as discovery spells them. */
  readonly targetsOf: (rows: readonly Its[], asker: Asker, signal: AbortSignal) => Promise<Targets>
}

/** Requests as people read them. The caller's own are spelt as the caller's targets are. */
export async function nameAsked<Its extends Instance>(
  rows: readonly AskedRow<Its>[],
  me: MicrosoftIdentity,
  { provider, surface, targetsOf }: Naming<Its>,
  asker: Asker,
  signal: AbortSignal,
): Promise<readonly AccessRequest[]> {
  if (rows.length === 0) return []
  const isMine = (id: string): boolean => fold(id) === fold(me.objectId)
  const isOwn = rows.some(({ requesterId }) => isMine(requesterId))
  const nameless = rows
    .filter((row) => row.requesterName === undefined)
    .map((row) => row.requesterId)
  const others = nameless.filter((id) => !isMine(id))
  const [eligible, people] = await Promise.all([
    isOwn ? readEligible(surface, asker, signal) : [],
    readPrincipalNames(others, asker.client, signal),
  ])
  const { targets, pathOf } = await targetsOf(
    [...eligible, ...rows.map(({ instance }) => instance)],
    asker,
    signal,
  )
  return rows.map((row) => {
    const { instance, requesterName, requesterId, approvalId } = row
    const path = pathOf(instance.right) ?? ''
    const target = targets.find((each) => each.path === path)
    const own = isMine(requesterId) ? me.username : ''
    const name = own || requesterName || people.get(fold(requesterId)) || requesterId
    return {
      ...shownOf(row),
      provider,
      path,
      role: target?.role ?? '',
      scope: target?.scope ?? '',
      ...(target?.scopeName !== undefined && { scopeName: target.scopeName }),
      requester: { id: requesterId, name },
      stages: [],
      reference: {
        tenantId: me.tenantId,
        principalId: requesterId,
        ...instance.facts,
        ...(approvalId !== undefined && { approvalId }),
      },
    }
  })
}

/** What the caller may activate is there for the spelling alone. */
async function readEligible<Its extends Instance>(
  { eligible, query, readInstance }: Surface<Its>,
  { client }: Asker,
  signal: AbortSignal,
): Promise<readonly Its[]> {
  const path = `${eligible}/filterByCurrentUser(on='principal')${query}`
  try {
    const items = await readPages(client, { method: 'GET', path, signal })
    return items.flatMap((item) => {
      try {
        return [readInstance(item)]
      } catch {
        return []
      }
    })
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return []
  }
}
