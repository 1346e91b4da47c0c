import * as v from 'valibot'

import { type CredentialStore, Secret } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'

/** What is sealed is rare, and its cryptography takes 5 ms to load. */
const sealedItems = () => import('./envelope-file.ts')

const plainMark = 'plain:'
const sealedMark = 'sealed:'

const SealedItem = v.object({
  sealed: v.literal(1),
  key: v.pipe(v.string(), v.base64(), v.length(44)),
  file: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}\.[0-9a-f]{16}$/)),
})

/** What the store keeps of a sealed value: the name of its file, and the key to it. */
export type SealedItem = v.InferOutput<typeof SealedItem>

type Item = { state: 'plain'; value: string } | ({ state: 'sealed' } & SealedItem)

export interface OversizeOptions {
  /** Where the sealed files go. */
  readonly folder: string
  /** Whether the store takes an item of this text. */
  readonly fits: (item: string) => boolean
}

/**
 * A store that also takes what is too large for it: such a value is sealed into a file, and the
 * store keeps the file's key. Each write gets a key and a file of its own, so a crash between the
 * two leaves the old value.
 */
export function keepOversize(store: CredentialStore, options: OversizeOptions): CredentialStore {
  const { folder, fits } = options
  const opened = async (kept: Secret | undefined, key: string): Promise<Secret | undefined> => {
    if (kept === undefined) return undefined
    const item = parseItem(kept.reveal()) ?? foreign(store.name, key)
    const value =
      item.state === 'plain'
        ? item.value
        : await (await sealedItems()).readSealed(item, folder, key)
    return value === undefined ? undefined : new Secret(value)
  }
  return {
    name: store.name,
    read: async (key) => opened(await store.read(key), key),
    glance: async (key) => opened(await store.glance(key), key),
    write: async (key, secret) => {
      const before = parseItem((await store.read(key))?.reveal() ?? '')
      const plain = `${plainMark}${secret.reveal()}`
      if (fits(plain)) await store.write(key, new Secret(plain))
      else await writeSealed(store, folder, key, secret)
      // Its key is gone from the store, so a file that stays behind is only litter.
      if (before?.state === 'sealed') await (await sealedItems()).removeFile(folder, before.file)
    },
    remove: async (key) => {
      const removed = await store.remove(key)
      await (await sealedItems()).removeSealed(folder, store.name, key)
      return removed
    },
    others: async (known) => store.others?.(known),
  }
}

function parseItem(text: string): Item | undefined {
  if (text.startsWith(plainMark)) return { state: 'plain', value: text.slice(plainMark.length) }
  if (!text.startsWith(sealedMark)) return undefined
  const item = v.safeParse(
    v.pipe(v.string(), v.parseJson(), SealedItem),
    text.slice(sealedMark.length),
  )
  return item.success ? { state: 'sealed', ...item.output } : undefined
}

async function writeSealed(
  store: CredentialStore,
  folder: string,
  key: string,
  secret: Secret,
): Promise<void> {
  const { removeFile, writeSealedItem } = await sealedItems()
  const item = await writeSealedItem(folder, store.name, key, secret)
  try {
    await store.write(key, new Secret(`${sealedMark}${JSON.stringify(item)}`))
  } catch (thrown) {
    await removeFile(folder, item.file)
    throw thrown
  }
}

function foreign(storeName: string, key: string): never {
  throw new PimError(
    'unavailable',
    'store-corrupt',
    `the ${storeName} item \`${key}\` was not written by this version of pim`,
    { hint: 'remove the item, or elevate again to replace it' },
  )
}
