import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import type { AuditHead } from '../core/audit.ts'
import {
  Secret,
  storeNames,
  type CredentialStore,
  type CredentialStores,
  type StoreName,
} from '../core/credentials.ts'
import { PimError } from '../core/errors.ts'
import type { AuditAnchor } from './audit-anchor.ts'
import { replacePrivateFile } from './private-file.ts'
import { readPrivateFile } from './private-read.ts'

const Head = v.object({
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  hash: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
})

export interface StoredAnchorOptions {
  readonly stores: CredentialStores
  /** The log's folder: a note there says which store holds the anchor. */
  readonly folder: string
  /** The stores that `choose` would try, in order. */
  readonly likely: () => Promise<readonly StoreName[]>
}

/**
 * The log's head in the credential store, under a name of this log's own. Memory is no anchor. Reading
 * writes nothing, and finds the anchor where it was put, whichever store is chosen by now.
 */
export function createStoredAnchor(options: StoredAnchorOptions): AuditAnchor {
  const { stores, folder } = options
  const key = anchorKey(folder)
  const place: Place = { ...options, key, closed: new Map() }
  return {
    read: () => find(place),
    write: async (head) => {
      const store = await stores.choose()
      const noted = readNote(folder)
      if (store.name !== 'memory') await store.write(key, new Secret(JSON.stringify(head)))
      // An anchor in another store stays where it is while there is no place for a new one.
      else if (noted !== undefined) return
      if (noted !== store.name) await writeNote(folder, store.name)
    },
  }
}

/** The name of a log's anchor in a credential store. */
export function anchorKey(folder: string): string {
  return `audit-head:${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
}

interface Place extends StoredAnchorOptions {
  readonly key: string
  /** Why stores did not open: each is knocked at once a process, since a silent one takes its time. */
  readonly closed: Map<StoreName, unknown>
}

async function find(place: Place): Promise<AuditHead | 'missing' | undefined> {
  const { stores, key } = place
  const noted = readNote(place.folder)
  if (noted !== undefined && noted !== 'memory') {
    const head = await readHead(stores.open(noted), key)
    if (head !== undefined) return head
  }
  // The person may have chosen another store since.
  const names = (await place.likely()).filter((name) => name !== noted && name !== 'memory')
  const head = await lookAround(names, place)
  if (head !== undefined || noted === 'memory') return head
  if (noted !== undefined) return 'missing'
  const closed = names.find((name) => place.closed.has(name))
  if (closed !== undefined) throw place.closed.get(closed)
  return undefined
}

async function lookAround(
  names: readonly StoreName[],
  { stores, key, closed }: Place,
): Promise<AuditHead | undefined> {
  for (const name of names) {
    if (closed.has(name)) continue
    try {
      const head = await readHead(stores.open(name), key)
      if (head !== undefined) return head
    } catch (problem) {
      closed.set(name, problem)
    }
  }
  return undefined
}

async function readHead(store: CredentialStore, key: string): Promise<AuditHead | undefined> {
  const kept = await store.read(key)
  if (kept === undefined) return undefined
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Head), kept.reveal())
  if (parsed.success) return parsed.output
  throw new PimError('unavailable', 'store-corrupt', 'the audit anchor cannot be read')
}

const Note = v.object({ store: v.picklist(storeNames) })

const notePath = (folder: string): string => join(folder, 'anchor.json')

/** The store that holds the anchor; `memory` where none outlived the process that wrote the log. */
function readNote(folder: string): StoreName | undefined {
  try {
    const text = String(readPrivateFile(notePath(folder)))
    const note = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text)
    return note.success ? note.output.store : undefined
  } catch {
    return undefined
  }
}

async function writeNote(folder: string, store: StoreName): Promise<void> {
  await replacePrivateFile(notePath(folder), Buffer.from(`${JSON.stringify({ store })}\n`))
}
