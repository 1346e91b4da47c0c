import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { Secret } from '../../../core/credentials.ts'
import type { StoreName } from '../../../core/store-item.ts'
import type { Kept } from './secret-storage.ts'
import { isFresh, readToken, type HeldToken } from './token.ts'

const Slots = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(
    v.string(),
    v.object({
      token: v.string(),
      expiresAt: v.pipe(v.number(), v.integer()),
      obtainedAt: v.pipe(v.number(), v.integer()),
      tenantId: v.string(),
      objectId: v.string(),
      username: v.string(),
      scopes: v.array(v.string()),
    }),
  ),
)

/**
 * The tokens of one source for one endpoint, by slot: what a step-up brought lies beside the plain
 * one and is not replaced by it. They outlive the process in the credential store.
 */
export interface Shelf {
  /** Those that are good for a while. */
  readonly fresh: () => Promise<ReadonlyMap<string, HeldToken>>
  readonly put: (slot: string, token: HeldToken) => Promise<void>
  readonly clear: () => Promise<void>
}

/** `onWritten` is told into which item of which store something was put. */
export function createShelf(
  name: string,
  kept: Kept,
  now: () => Date,
  onWritten: (store: StoreName, key: string) => Promise<void> = async () => {},
): Shelf {
  const key = `microsoft-token-${createHash('sha256').update(name).digest('hex').slice(0, 24)}`
  let loading: Promise<Map<string, HeldToken>> | undefined
  const load = (): Promise<Map<string, HeldToken>> => (loading ??= read(key, kept))
  return {
    fresh: async () => freshOnes(await load(), now()),
    put: async (slot, token) => {
      const held = await load()
      held.set(slot, token)
      // Another process may have put something beside it since.
      const stored = await read(key, kept)
      const all = freshOnes(new Map([...stored, ...held]), now())
      // What cannot be kept still serves this process.
      const store = await kept.write(key, written(all)).catch(() => undefined)
      if (store !== undefined && store !== 'memory') await onWritten(store, key)
    },
    clear: async () => {
      loading = Promise.resolve(new Map())
      await kept.remove(key)
    },
  }
}

function freshOnes(
  tokens: ReadonlyMap<string, HeldToken>,
  now: Date,
): ReadonlyMap<string, HeldToken> {
  return new Map([...tokens].filter(([, token]) => isFresh(token, now)))
}

/** What cannot be read is fetched anew. */
async function read(key: string, kept: Kept): Promise<Map<string, HeldToken>> {
  const slots = v.safeParse(Slots, (await kept.read(key))?.reveal())
  if (!slots.success) return new Map()
  return new Map(
    Object.entries(slots.output).map(([slot, { token, expiresAt, obtainedAt, ...known }]) => [
      slot,
      readToken(token, { expiresAt: new Date(expiresAt), obtainedAt: new Date(obtainedAt) }, known),
    ]),
  )
}

function written(tokens: ReadonlyMap<string, HeldToken>): Secret {
  const slots = [...tokens].map(([slot, held]) => {
    const { token, expiresAt, obtainedAt, tenantId, objectId, username, scopes } = held
    const value = token.reveal()
    const times = { expiresAt: expiresAt.getTime(), obtainedAt: obtainedAt.getTime() }
    return [slot, { token: value, ...times, tenantId, objectId, username, scopes }]
  })
  return new Secret(JSON.stringify(Object.fromEntries(slots)))
}
