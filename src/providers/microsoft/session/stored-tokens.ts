import * as v from 'valibot'
import { storeNames, type StoreName } from '../../../core/store-item.ts'
import type { SignInIndex } from '../../../core/identity/sign-in.ts'

const Item = v.object({
  store: v.picklist(storeNames),
  key: v.string(),
  /** What the tokens came from, as in `TokenSource.key`. */
  source: v.string(),
})

/** An item of a credential store that holds tokens. Nothing of this is secret. */
type TokenItem = v.InferOutput<typeof Item>

const Index = v.looseObject({ items: v.optional(v.array(Item), []) })

/**
 * Where tokens were put on this machine: for other clouds and endpoints, by tools that are signed in
 * otherwise by now, and in stores that are not chosen any more. Without it nobody would find them.
 */
export interface TokenItems {
  readonly list: () => Promise<readonly TokenItem[]>
  readonly add: (item: TokenItem) => Promise<void>
  readonly remove: (items: readonly TokenItem[]) => Promise<void>
}

export function createTokenItems(index: SignInIndex): TokenItems {
  const known = new Set<string>()
  const list = async (): Promise<readonly TokenItem[]> => itemsIn(await index.read())
  return {
    list,
    add: async (item) => {
      if (known.has(nameOf(item))) return
      for (const each of await list()) known.add(nameOf(each))
      if (!known.has(nameOf(item))) await change(index, (items) => [...items, item])
      known.add(nameOf(item))
    },
    remove: async (removed) => {
      if (removed.length === 0) return
      const names = new Set(removed.map(nameOf))
      for (const name of names) known.delete(name)
      await change(index, (items) => items.filter((item) => !names.has(nameOf(item))))
    },
  }
}

function change(
  index: SignInIndex,
  to: (items: readonly TokenItem[]) => readonly TokenItem[],
): Promise<void> {
  return index.change((before) => {
    const read = v.safeParse(Index, before)
    return { ...(read.success && read.output), items: to(itemsIn(before)) }
  })
}

function itemsIn(index: unknown): readonly TokenItem[] {
  const read = v.safeParse(Index, index)
  return read.success ? read.output.items : []
}

function nameOf({ store, key }: { readonly store: StoreName; readonly key: string }): string {
  return `${store}|${key}`
}
