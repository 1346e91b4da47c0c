import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { AuditHead } from '../core/audit.ts'
import { Secret, type CredentialStores } from '../core/credentials.ts'
import { PimError } from '../core/errors.ts'
import type { AuditAnchor } from './audit-file.ts'

const Head = v.object({
  seq: v.pipe(v.number(), v.integer(), v.minValue(1)),
  hash: v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/)),
})

/** The log's head in the credential store, under a name of this log's own. Memory is no anchor. */
export function createAuditAnchor(stores: CredentialStores, folder: string): AuditAnchor {
  const key = `audit-head:${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`
  return {
    read: async () => {
      const store = await stores.choose()
      const kept = store.name === 'memory' ? undefined : await store.read(key)
      return kept === undefined ? undefined : parseHead(kept)
    },
    write: async (head) => {
      const store = await stores.choose()
      if (store.name !== 'memory') await store.write(key, new Secret(JSON.stringify(head)))
    },
  }
}

function parseHead(kept: Secret): AuditHead {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Head), kept.reveal())
  if (parsed.success) return parsed.output
  throw new PimError('unavailable', 'store-corrupt', 'the audit anchor cannot be read')
}
