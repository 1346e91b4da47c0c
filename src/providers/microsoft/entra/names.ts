import pLimit from 'p-limit'
import { asPimError, type PimError } from '../../../core/errors.ts'
import { readPages, type MicrosoftClient } from '../http/client.ts'
import { readPage } from '../http/paging.ts'
import { readPerson } from './requests/approval-wire.ts'
import { at } from './schedule/lists.ts'
import { fold } from './unique-names.ts'
import { directoryRoles, groups } from './schedule/schedule-api.ts'
import { readNamed } from './wire.ts'

/** Names by folded ids. What may not be read goes by its id; what could not be read is a trouble. */
export interface Names {
  readonly names: ReadonlyMap<string, string>
  readonly troubles: readonly PimError[]
}

/** Graph throttles who asks for many at once. */
const atOnce = 4

/** The names of administrative units. */
export async function readUnitNames(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Names> {
  const path = '/v1.0/directory/administrativeUnits'
  return lookUp(directoryRoles, distinct(ids), async (id) => {
    const url = `${path}/${encodeURIComponent(id)}?$select=id,displayName`
    return [(await client.send({ method: 'GET', path: url, signal })).body]
  })
}

/** As many as one question may name. */
const batchSizes = { getByIds: 1000, filter: 15 }

/** The names of groups, many by one question where that is allowed. */
export async function readGroupNames(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Names> {
  const batches = inBatches(distinct(ids), batchSizes.getByIds)
  const found = await Promise.all(
    batches.map(async (batch): Promise<Names> => {
      try {
        return { names: named(await byIds(batch, client, signal)), troubles: [] }
      } catch (error) {
        if (asPimError(error).kind === 'interrupted') throw error
        return groupsByFilter(batch, client, signal)
      }
    }),
  )
  return together(found)
}

/** So many people and groups are named along with requests; the rest go by their ids. */
const mostPrincipals = 100

/** The names of people and groups, by folded ids. Whoever cannot be named has none; nothing is thrown for it. */
export async function readPrincipalNames(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const wanted = distinct(ids).slice(0, mostPrincipals)
  if (wanted.length === 0) return new Map()
  try {
    const found = await byIds(wanted, client, signal, ['user', 'group', 'servicePrincipal'])
    const people = found.flatMap((each) => readPerson(each) ?? [])
    return new Map(people.map(({ id, name }) => [id, name]))
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    // Who may not look people up may still read the names of groups.
    return (await groupsByFilter(wanted, client, signal)).names
  }
}

async function groupsByFilter(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Names> {
  return lookUp(groups, inBatches(ids, batchSizes.filter), (few) => byFilter(few, client, signal))
}

async function byIds(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
  types: readonly string[] = ['group'],
): Promise<readonly unknown[]> {
  const body = { ids, types }
  const path = '/v1.0/directoryObjects/getByIds'
  return readPage((await client.send({ method: 'POST', path, body, signal })).body).value
}

async function byFilter(
  ids: readonly string[],
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const filter = encodeURIComponent(`id in (${ids.map(quoted).join(',')})`)
  const path = `/v1.0/groups?$filter=${filter}&$select=id,displayName`
  return readPages(client, { method: 'GET', path, signal })
}

/** A string as OData writes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** Asks a few at a time. An answer that says no is an answer; one that does not come is a trouble. */
async function lookUp<Question>(
  surface: { readonly name: string },
  questions: readonly Question[],
  ask: (question: Question) => Promise<readonly unknown[]>,
): Promise<Names> {
  const limit = pLimit(atOnce)
  const found = await Promise.all(
    questions.map((question) =>
      limit(async (): Promise<Names> => {
        try {
          return { names: named(await ask(question)), troubles: [] }
        } catch (thrown) {
          const error = asPimError(thrown)
          if (error.kind === 'interrupted') throw error
          return { names: new Map(), troubles: isAnswer(error) ? [] : [at(surface, error)] }
        }
      }),
    ),
  )
  return together(found)
}

function isAnswer({ provider }: PimError): boolean {
  return [400, 403, 404].includes(provider?.status ?? 0)
}

function named(objects: readonly unknown[]): ReadonlyMap<string, string> {
  return new Map(
    objects.flatMap((object) => {
      const read = readNamed(object)
      return read === undefined ? [] : [[fold(read.id), read.name] as const]
    }),
  )
}

/** One trouble tells as much as twenty of the same. */
function together(found: readonly Names[]): Names {
  return {
    names: new Map(found.flatMap(({ names }) => [...names])),
    troubles: found.flatMap(({ troubles }) => troubles).slice(0, 1),
  }
}

function distinct(ids: readonly string[]): readonly string[] {
  return [...new Map(ids.map((id) => [fold(id), id])).values()]
}

function inBatches<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}
