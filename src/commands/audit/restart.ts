import { parseJustification } from '../../core/elevation/justification.ts'
import { PimError } from '../../core/errors.ts'
import type { Deps } from '../../deps/deps.ts'

/** `pim audit restart -j TEXT`: sets a broken log aside, whole, and starts a new one that says so. */
export async function auditRestartCommand(
  flags: { readonly justification?: string },
  deps: Deps,
): Promise<number> {
  const reason = flags.justification ?? (await whatHappened(deps))
  const { head, previousPath } = await deps.audit.restart(parseJustification(reason))
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.auditRestart/v1', head, previousPath })
  deps.io.note(
    previousPath === undefined
      ? 'started a new audit log'
      : `started a new audit log; the broken one is kept as ${previousPath}`,
  )
  return 0
}

/** Nobody is asked for a reason that will not be needed. */
async function whatHappened({ audit, mayPrompt, prompter }: Deps): Promise<string> {
  if ((await audit.verify()).ok) {
    throw new PimError('usage', 'audit-intact', `the audit log ${audit.path} is not broken`, {
      hint: 'only a broken log can be restarted; `pim audit verify` checks it',
    })
  }
  if (mayPrompt) return (await prompter()).justification([], 'What happened to the audit log?')
  throw new PimError('usage', 'missing-justification', 'a justification is needed', {
    hint: 'say what happened to the log with `-j/--justification TEXT`',
  })
}
