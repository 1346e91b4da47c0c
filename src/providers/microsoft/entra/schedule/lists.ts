import { asPimError, PimError } from '../../../../core/errors.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import type { Assigned } from '../../pim/request-activation.ts'
import { providerNow } from '../../http/server-clock.ts'
import type { Asker } from '../graph-context.ts'
import {
  byRight,
  endOf,
  isSameRight,
  type ActiveInstance,
  type Instance,
  type Right,
} from './schedule-instance.ts'
import type { Surface } from './schedule-api.ts'

/** What a surface lists for the one who asks. */
export interface Lists<Row extends Instance> {
  readonly eligible: readonly Row[]
  /** What was activated; what is assigned for good is nobody's elevation. */
  readonly active: readonly Active<Row>[]
  readonly troubles: readonly PimError[]
}

type Active<Row extends Instance> = Row & ActiveInstance

/** What can be read of a list, and what is wrong with the rest. */
interface Rows<Row extends Instance> {
  readonly rows: readonly Row[]
  readonly troubles: readonly PimError[]
}

const nobody = { rows: [], troubles: [] }

/**
 * Reads what one is eligible for, and what of it is active, at the same time. Throws where the
 * former cannot be read; where only the latter cannot, that is one of the troubles.
 */
export async function readLists<Row extends Instance>(
  surface: Surface<Row>,
  asker: Asker,
  signal: AbortSignal,
): Promise<Lists<Row>> {
  const [eligible, active] = await Promise.allSettled([
    readRows(surface, surface.eligible, asker.client, signal),
    readActivated(surface, asker, signal),
  ])
  if (eligible.status === 'rejected') throw eligible.reason
  signal.throwIfAborted()
  const found: Rows<Active<Row>> = active.status === 'fulfilled' ? active.value : nobody
  const failed = active.status === 'rejected' ? [at(surface, active.reason)] : []
  return {
    eligible: eligible.value.rows,
    active: found.rows,
    troubles: [...eligible.value.troubles, ...found.troubles, ...failed],
  }
}

/** What is active because somebody activated it. Lists may still hold what has just ended. */
async function readActivated<Row extends Instance>(
  surface: Surface<Row>,
  asker: Asker,
  signal: AbortSignal,
): Promise<Rows<Active<Row>>> {
  const { rows, troubles } = await readRows(surface, surface.active, asker.client, signal)
  const activated = rows.filter(({ isActivated }) => isActivated)
  const started = activated.flatMap((row) => {
    const { startsAt } = row
    return startsAt === undefined ? [] : [{ ...row, startsAt }]
  })
  const startless = skipped(activated.length - started.length, surface.name)
  const time = providerNow(asker)
  const live = started.filter((row) => time < endOf(row))
  return { rows: lastOfEach(live), troubles: [...troubles, ...startless] }
}

/** The activation of a right, as far as it is listed. Throws as the client does. */
export async function findActive<Row extends Instance>(
  surface: Surface<Row>,
  right: Right,
  asker: Asker,
  signal: AbortSignal,
): Promise<Active<Row> | undefined> {
  const { rows } = await readActivated(surface, asker, signal)
  return rows.find((row) => isSameRight(row.right, right))
}

/** How a right is held that nobody has activated. Throws as the client does. */
export async function findAssigned(
  surface: Surface,
  right: Right,
  asker: Asker,
  signal: AbortSignal,
): Promise<Assigned | undefined> {
  const { rows } = await readRows(surface, surface.active, asker.client, signal)
  return rows.find((row) => !row.isActivated && isSameRight(row.right, right))
}

/** What is listed twice lasts as long as the longer of the two. */
function lastOfEach<Row extends Instance>(rows: readonly Row[]): readonly Row[] {
  return [...byRight(rows.toSorted(lastToEndFirst)).values()].map(([row]) => row)
}

function lastToEndFirst(one: Instance, other: Instance): number {
  return endOf(other).getTime() - endOf(one).getTime()
}

async function readRows<Row extends Instance>(
  surface: Surface<Row>,
  list: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Rows<Row>> {
  const path = `${list}/filterByCurrentUser(on='principal')${surface.query}`
  const items = await readPages(client, { method: 'GET', path, signal })
  const rows = items.flatMap((item) => {
    try {
      return [surface.readInstance(item)]
    } catch {
      return []
    }
  })
  return { rows, troubles: skipped(items.length - rows.length, surface.name) }
}

/** One bad row hides no other, and is not hidden itself. */
function skipped(count: number, surface: string): readonly PimError[] {
  if (count === 0) return []
  const what = count === 1 ? 'an entry of its lists' : `${count} entries of its lists`
  return [
    new PimError('unavailable', 'unreadable-answer', `${surface}: ${what} cannot be read`, {
      hint: 'Microsoft did not send their role or scope; the portal shows them under My roles',
    }),
  ]
}

/** The same error, naming the surface, so that a list that failed is not taken for an empty one. */
export function at(surface: Pick<Surface, 'name'>, thrown: unknown): PimError {
  const error = asPimError(thrown)
  if (error.kind === 'interrupted') return error
  const { hint, target, provider, cause } = error
  const message = `${surface.name}: ${error.message}`
  return new PimError(error.kind, error.code, message, { hint, target, provider, cause })
}
