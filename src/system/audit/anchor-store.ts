import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { Secret, type CredentialStore, type CredentialStores } from '../../core/credentials.ts'
import { storeNames, type StoreName } from '../../core/store-item.ts'
import { PimError } from '../../core/errors.ts'
import { unnamedLog, type Anchored, type AuditAnchor } from './anchor.ts'
import { replacePrivateFile } from '../files/private-file.ts'
import { systemCode } from '../../core/system-error.ts'
import { readPrivateFile } from '../files/private-file-read.ts'

export interface StoredAnchorOptions {
  readonly stores: CredentialStores
  /** The log's folder: a note there says which store holds the anchor. */
  readonly folder: string
  /** The stores that `choose` would try, in order. */
  readonly likely: () => Promise<readonly StoreName[]>
}

/**
 * The log's head in the credential store, under the log's own id. Beside it, under a name of this state
 * folder's own, lies which log was begun in it: that shows when another takes its place. A folder that
 * was made anew under the same path has another name, so an old anchor is none of its log's.
 *
 * Memory is no anchor. Reading writes nothing, and finds the anchor where it was put, whichever store is
 * chosen by now.
 */
export function createStoredAnchor(options: StoredAnchorOptions): AuditAnchor {
  const { stores, folder } = options
  const place: Place = { ...options, closed: new Map() }
  const write = async (logId: string, anchored: Anchored): Promise<void> => {
    const store = await stores.choose()
    const noted = readNote(folder)
    if (store.name !== 'memory') {
      await store.write(headKey(logId, folder), new Secret(toText(anchored)))
      if (noted?.store === store.name && noted.log === logId) return
      if ((await begun(place)) === undefined) await bind(logId, store, folder)
      // An anchor in another store stays where it is while there is no place for a new one.
    } else if (noted !== undefined) return
    await writeNote(folder, { store: store.name, log: logId })
  }
  return {
    begun: () => begun(place),
    read: (logId) => readHead(logId, place),
    announce: async (logId) => {
      if (readNote(folder) !== undefined) return
      await writeNote(folder, { store: 'memory', log: logId }).catch(() => {})
    },
    isLasting: async () => {
      const store = await stores.choose().catch(() => undefined)
      return store !== undefined && store.name !== 'memory'
    },
    write,
    replace: async (logId, anchored) => {
      const before = await begun(place)
      await write(logId, anchored)
      const store = await stores.choose()
      if (store.name === 'memory') return
      await bind(logId, store, folder)
      if (before !== undefined) await store.remove(headKey(before, folder)).catch(() => false)
    },
  }
}

/** The names under which a credential store holds what belongs to a folder's log. */
export async function anchorKeys(folder: string): Promise<readonly string[]> {
  const log = readNote(folder)?.log ?? unnamedLog
  const own = await folderKey(folder).catch(() => undefined)
  return [headKey(log, folder), headKey(unnamedLog, folder), ...(own === undefined ? [] : [own])]
}

/** Notes that this log, and no other, was begun in the state folder. */
async function bind(logId: string, store: CredentialStore, folder: string): Promise<void> {
  await store.write(await folderKey(folder), new Secret(logId))
}

interface Place extends StoredAnchorOptions {
  /** Why stores did not open: each is knocked at once a process, since a silent one takes its time. */
  readonly closed: Map<StoreName, unknown>
}

async function begun(place: Place): Promise<string | undefined> {
  const key = await folderKey(place.folder).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  return key === undefined ? undefined : (await find(key, place))?.reveal()
}

async function readHead(logId: string, place: Place): Promise<Anchored | 'missing' | undefined> {
  const kept = await find(headKey(logId, place.folder), place)
  if (kept !== undefined) return fromText(kept.reveal())
  const noted = readNote(place.folder)
  // A log with an id had a note before its first record.
  if (noted === undefined) {
    return logId !== unnamedLog && existsSync(place.folder) ? 'missing' : undefined
  }
  if (noted.store === 'memory') return undefined
  return (noted.log ?? unnamedLog) === logId ? 'missing' : undefined
}

async function find(key: string, place: Place): Promise<Secret | undefined> {
  const { stores, closed } = place
  const noted = readNote(place.folder)?.store
  if (noted !== undefined && noted !== 'memory') {
    const kept = await stores.open(noted).read(key)
    if (kept !== undefined) return kept
  }
  // The person may have chosen another store since.
  const names = (await place.likely()).filter((name) => name !== noted && name !== 'memory')
  const kept = await lookAround(names, key, place)
  if (kept !== undefined || noted !== undefined) return kept
  const shut = names.find((name) => closed.has(name))
  if (shut !== undefined) throw closed.get(shut)
  return undefined
}

async function lookAround(
  names: readonly StoreName[],
  key: string,
  { stores, closed }: Place,
): Promise<Secret | undefined> {
  for (const name of names) {
    if (closed.has(name)) continue
    try {
      const kept = await stores.open(name).read(key)
      if (kept !== undefined) return kept
    } catch (problem) {
      closed.set(name, problem)
    }
  }
  return undefined
}

/** A log without an id goes by its path, as it did in the version that wrote it. */
function headKey(logId: string, folder: string): string {
  return `audit-head:${logId === unnamedLog ? shortHash(folder) : logId}`
}

/** The state folder by its path and by itself: its number on the disk, and when it was made. */
async function folderKey(folder: string): Promise<string> {
  const { ino, birthtimeNs } = await stat(dirname(folder), { bigint: true })
  return `audit-log:${shortHash(`${folder}\0${ino}\0${birthtimeNs}`)}`
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

const Hash = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))
const Seq = v.pipe(v.number(), v.integer(), v.minValue(1))

const Item = v.object({
  seq: Seq,
  hash: Hash,
  checked: v.exactOptional(
    v.object({ bytes: Seq, digest: Hash, head: v.object({ seq: Seq, hash: Hash }) }),
  ),
})

function toText({ head, checked }: Anchored): string {
  return JSON.stringify({ ...head, ...(checked && { checked }) })
}

function fromText(text: string): Anchored {
  const item = v.safeParse(v.pipe(v.string(), v.parseJson(), Item), text)
  if (!item.success) {
    throw new PimError('unavailable', 'store-corrupt', 'the audit anchor cannot be read')
  }
  const { seq, hash, checked } = item.output
  return { head: { seq, hash }, ...(checked && { checked }) }
}

const Note = v.object({ store: v.picklist(storeNames), log: v.exactOptional(v.string()) })

/** The store that holds the anchor, `memory` where none outlived the process, and of which log it is. */
type Note = v.InferOutput<typeof Note>

const notePath = (folder: string): string => join(folder, 'anchor.json')

function readNote(folder: string): Note | undefined {
  try {
    const text = String(readPrivateFile(notePath(folder)))
    const note = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), text)
    return note.success ? note.output : undefined
  } catch {
    return undefined
  }
}

async function writeNote(folder: string, note: Note): Promise<void> {
  await replacePrivateFile(notePath(folder), Buffer.from(`${JSON.stringify(note)}\n`))
}
