import type { Deps } from '../../deps/deps.ts'

/** `pim audit path`: where the log lies. */
export function auditPathCommand({ io, audit }: Deps): number {
  if (io.wantsJson) io.json({ schema: 'pim.path/v1', path: audit.path })
  else io.out(audit.path)
  return 0
}
