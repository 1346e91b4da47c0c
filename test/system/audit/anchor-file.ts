import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AuditHead } from '../../../src/core/audit/audit.ts'
import type { Anchored, AuditAnchor } from '../../../src/system/audit/anchor.ts'

interface Kept {
  readonly logId: string
  readonly anchored: Anchored
}

/** An anchor in a file, for several processes to share; what it holds is at hand. */
export interface FileAnchor extends AuditAnchor {
  readonly kept: () => Kept | undefined
  /** Puts another head in the place of the one that is kept. */
  readonly put: (head: AuditHead) => void
  readonly forget: () => void
}

export function fileAnchor(folder: string): FileAnchor {
  const path = join(folder, '..', 'anchor')
  const kept = () =>
    existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : undefined
  const write = async (logId: string, anchored: Anchored) => {
    writeFileSync(`${path}.new`, JSON.stringify({ logId, anchored } satisfies Kept))
    renameSync(`${path}.new`, path)
  }
  return {
    kept,
    put: (head) => void write(kept()?.logId ?? 'a log', { head }),
    forget: () => rmSync(path, { force: true }),
    begun: async () => kept()?.logId,
    read: async (logId) => (kept()?.logId === logId ? kept()?.anchored : undefined),
    announce: async () => {},
    isLasting: async () => true,
    write,
    replace: write,
  }
}
