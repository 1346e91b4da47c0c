import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditHead } from '../../src/core/audit.ts'
import type { AuditAnchor } from '../../src/system/audit-anchor.ts'

/** An anchor in a file, for several processes to share. */
export function fileAnchor(folder: string): AuditAnchor {
  const path = join(folder, '..', 'anchor')
  return {
    read: async () =>
      existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as AuditHead) : undefined,
    write: async (head) => {
      writeFileSync(`${path}.new`, JSON.stringify(head))
      renameSync(`${path}.new`, path)
    },
  }
}
