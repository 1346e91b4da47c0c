import type { AccessRequest, Approvals } from '../../../core/elevation/approval.ts'
import { asPimError, type PimError } from '../../../core/errors.ts'
import { hasEnded } from '../../../core/elevation/lifecycle.ts'
import { mayBeRequestId, type AskedAccess } from './access-request.ts'
import type { MicrosoftIdentity } from '../http/client.ts'
import { decide } from './decide.ts'
import { withDetails } from './request-details.ts'
import type { RequestSource } from './request-source.ts'
import { endedBy } from '../pim/request-history.ts'
import { withdraw } from './withdraw.ts'
import { unlessUnreadable } from '../errors/unless-unreadable.ts'
import { notShown, whyNotListed } from './refusals.ts'

/** Both sides of approvals, from what ARM or Graph can be asked. */
export function approvalsFrom<Row extends AskedAccess>(
  source: RequestSource<Row>,
  now: () => Date,
): Approvals {
  return {
    mine: async ({ all }, signal, onUnreadable) => {
      const [rows, me] = await Promise.all([
        source.list('own', signal, onUnreadable),
        source.caller(signal),
      ])
      const wanted = withReleases(rows, source.rightOf).filter(
        ({ isActivation, state }) => isActivation && (all || !hasEnded(state)),
      )
      const requests = await source.name(newestFirst(wanted), me, signal)
      return withDetails(requests, source, { permissions: false, onlyTelling: true }, signal)
    },
    toApprove: async (signal, onUnreadable) => {
      const [rows, me] = await Promise.all([
        source.list('to-decide', signal, onUnreadable),
        source.caller(signal),
      ])
      const wanted = rows.filter(
        ({ status, requesterId }) => isUndecided(status) && !isMine(requesterId, me),
      )
      const requests = await source.name(newestFirst(wanted), me, signal)
      return withDetails(requests, source, { permissions: true, onlyTelling: true }, signal)
    },
    find: async (id, signal) => find(id, source, now, signal),
    decide: async (request, verdict, signal) => decide(request, verdict, source, now, signal),
    withdraw: async (id, facts, signal) => withdraw(id, facts, source, now(), signal),
  }
}

/** A request goes on to say that it is in force; another one, to give it back, says that it is not. */
function withReleases<Row extends AskedAccess>(
  rows: readonly Row[],
  rightOf: (row: Row) => string,
): readonly Row[] {
  return rows.map((row) => {
    if (row.state !== 'active') return row
    const trail = rows.filter((each) => rightOf(each) === rightOf(row))
    return endedBy(trail, row.requestedAt) === undefined ? row : { ...row, state: 'released' }
  })
}

async function find<Row extends AskedAccess>(
  id: string,
  source: RequestSource<Row>,
  now: () => Date,
  signal: AbortSignal,
): Promise<AccessRequest | undefined> {
  if (!mayBeRequestId(id)) return undefined
  const alone = await source.read(id, signal)
  const { row, trouble } =
    alone === undefined ? await findInLists(id, source, signal) : { row: alone }
  if (row === undefined) {
    // Lists may drop what was decided, or cancelled. Its approval can be read longer.
    const stages = await unlessUnreadable([], async () => source.stages(id, signal))
    if (stages.length > 0) throw whyNotListed(id, stages, now())
    if (trouble !== undefined) throw trouble
    return undefined
  }
  const requests = await source.name([row], await source.caller(signal), signal)
  const wanted = { permissions: true, onlyTelling: false }
  const [request] = await withDetails(requests, source, wanted, signal)
  return request
}

/** A request, or why it may be in a list all the same. */
interface Lookup<Row> {
  readonly row?: Row | undefined
  readonly trouble?: PimError | undefined
}

/** A list that cannot be read, or an entry of one, is no trouble where the request is found. */
async function findInLists<Row extends AskedAccess>(
  id: string,
  source: RequestSource<Row>,
  signal: AbortSignal,
): Promise<Lookup<Row>> {
  const sides = ['own', 'to-decide'] as const
  const unreadable: PimError[] = []
  const answers = await Promise.allSettled(
    sides.map(async (side) => source.list(side, signal, (error) => unreadable.push(error))),
  )
  signal.throwIfAborted()
  const rows = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  const row = rows.find((each) => each.id.toLowerCase() === id.toLowerCase())
  if (row !== undefined) return { row }
  const failed = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [asPimError(answer.reason)] : [],
  )
  const [entry] = unreadable
  return { trouble: failed[0] ?? (entry && notShown(id, entry)) }
}

/** Other states of waiting are not for approvers. */
function isUndecided(status: string): boolean {
  return status.toLowerCase() === 'pendingapproval'
}

function newestFirst<Row extends AskedAccess>(rows: readonly Row[]): readonly Row[] {
  return rows.toSorted((one, other) => other.requestedAt.getTime() - one.requestedAt.getTime())
}

function isMine(requesterId: string, { objectId }: MicrosoftIdentity): boolean {
  return requesterId.toLowerCase() === objectId.toLowerCase()
}
