import { parseJustification } from '../../core/request.ts'
import { PimError } from '../../core/errors.ts'
import type { Deps } from '../../deps.ts'

/** `pim audit restart -j TEXT`: sets a broken log aside, whole, and starts a new one that says so. */
export async function auditRestartCommand(
  flags: { readonly justification?: string },
  deps: Deps,
): Promise<number> {
  if (flags.justification === undefined) {
    throw new PimError('usage', 'missing-justification', 'a justification is needed', {
      hint: 'say what happened to the log with `-j/--justification TEXT`',
    })
  }
  const { head, previousPath } = await deps.audit.restart(parseJustification(flags.justification))
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.auditRestart/v1', head, previousPath })
  deps.io.note(
    previousPath === undefined
      ? 'started a new audit log'
      : `started a new audit log; the broken one is kept as ${previousPath}`,
  )
  return 0
}
