import type { OnUnreadable } from '../../../../core/elevation/approval.ts'
import { asPimError } from '../../../../core/errors.ts'
import { assertAnswerOf } from '../../pim/contradicting-answer.ts'
import { readableOf } from '../../approvals/access-request.ts'
import { readPages, type MicrosoftClient, type MicrosoftRequest } from '../../http/client.ts'
import { providerNow } from '../../http/server-clock.ts'
import type { Side } from '../../approvals/request-source.ts'
import { readAskedRow, type AskedRow } from './approval-wire.ts'
import type { Asker } from '../graph-context.ts'
import type { Instance } from '../schedule/schedule-instance.ts'
import { fold } from '../unique-names.ts'
import type { Surface } from '../schedule/schedule-api.ts'

/** The caller's own requests, or those that wait for the caller to decide. */
export async function listAsked<Its extends Instance>(
  surface: Surface<Its>,
  side: Side,
  asker: Asker,
  signal: AbortSignal,
  how: Pick<MicrosoftRequest, 'isOptional'> & { readonly onUnreadable?: OnUnreadable } = {},
): Promise<readonly AskedRow<Its>[]> {
  const { client } = asker
  const { onUnreadable, ...sending } = how
  const list = (on: string): string => `${surface.requests}/filterByCurrentUser(on='${on}')`
  const [path, filter] =
    side === 'own'
      ? [list('principal'), '']
      : [list('approver'), "&$filter=status%20eq%20'PendingApproval'"]
  const items = await orPlain(path, `?${surface.requestQuery}${filter}`, async (url) =>
    readPages(client, { method: 'GET', path: url, signal, ...sending }),
  )
  const time = providerNow(asker)
  return readableOf(items, (item) => readAskedRow(surface, item, time), onUnreadable)
}

/** A request by its id. Undefined for who may not look at it so, and where there is none. */
export async function readAsked<Its extends Instance>(
  surface: Surface<Its>,
  id: string,
  asker: Asker,
  signal: AbortSignal,
): Promise<AskedRow<Its> | undefined> {
  const { client } = asker
  const path = `${surface.requests}/${encodeURIComponent(id)}`
  try {
    const body = await orPlain(path, `?${surface.requestQuery}`, async (url) =>
      one(url, client, signal),
    )
    assertAnswerOf({ id }, body)
    return readAskedRow(surface, body, providerNow(asker))
  } catch (error) {
    if (isRefusal(error, [400, 403, 404])) return undefined
    throw error
  }
}

/** The same, with the names that the lists of requests tell where the request itself does not. */
export async function readNamedAsked<Its extends Instance>(
  surface: Surface<Its>,
  id: string,
  asker: Asker,
  signal: AbortSignal,
): Promise<AskedRow<Its> | undefined> {
  const row = await readAsked(surface, id, asker, signal)
  if (row === undefined) return undefined
  // Role definitions may be read by whoever may read all of the directory, which is more than pim asks for.
  const { instance: asked, requesterName: requester } = row
  const isNameless = 'roleName' in asked && asked.roleName === undefined
  if (!isNameless && requester !== undefined) return row
  const lists = await Promise.allSettled(
    (['to-decide', 'own'] as const).map(async (side) => listAsked(surface, side, asker, signal)),
  )
  signal.throwIfAborted()
  const named = lists
    .flatMap((list) => (list.status === 'fulfilled' ? list.value : []))
    .find((each) => fold(each.id) === fold(id))
  if (named === undefined) return row
  const { instance, requesterName = requester } = named
  return { ...row, instance, requesterName }
}

/** Names are asked for along with what is named; a server that does not give them is asked without. */
async function orPlain<Answer>(
  path: string,
  query: string,
  ask: (url: string) => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask(`${path}${query}`)
  } catch (error) {
    if (!isRefusal(error, [400])) throw error
    return ask(path)
  }
}

async function one(path: string, client: MicrosoftClient, signal: AbortSignal): Promise<unknown> {
  return (await client.send({ method: 'GET', path, signal })).body
}

function isRefusal(error: unknown, statuses: readonly number[]): boolean {
  const { kind, provider } = asPimError(error)
  return kind === 'refused' && statuses.includes(provider?.status ?? 0)
}
