import { asPimError } from '../../core/errors.ts'
import type { Deps } from '../../deps/deps.ts'
import type { Outcome } from '../../flows/elevate/persist.ts'
import { resume } from '../../flows/approve/resume.ts'
import { outcomeLine } from '../../ui/elevation.ts'
import { elevateDeps } from './person.ts'
import { reportOutcomes, settleOrLeave, type OnInterrupt, type Result } from './outcomes.ts'
import { readLimit } from './flags.ts'

export interface WaitFlags {
  readonly wait?: string
  readonly timeout?: string
  readonly approvalTimeout?: string
  readonly onInterrupt?: OnInterrupt
}

/** `pim wait <id>`: waits on for what was asked for here or elsewhere, as `pim elevate` does. */
export async function waitCommand(id: string, flags: WaitFlags, deps: Deps): Promise<number> {
  // Who says `wait` wants to wait, whether a person looks on or not.
  const patience = deps.mayPrompt ? undefined : (flags.timeout ?? '5m')
  const approvalTimeout = flags.approvalTimeout ?? patience
  const limit = readLimit(
    { ...flags, ...(approvalTimeout !== undefined && { approvalTimeout }) },
    deps.mayPrompt,
  )
  const result = await attempt(id, limit, flags, deps)
  reportOutcomes([result], deps)
  return result.error?.exitCode ?? 0
}

async function attempt(
  id: string,
  limit: ReturnType<typeof readLimit>,
  flags: WaitFlags,
  deps: Deps,
): Promise<Result> {
  let outcome: Outcome | undefined
  try {
    const resumed = await resume(id, deps)
    outcome = resumed.outcome
    const { tell } = elevateDeps(deps)
    const settled = await settleOrLeave(
      outcome,
      resumed.provider,
      { ...limit, start: true },
      flags.onInterrupt,
      { ...deps, ifForgotten: resumed.isOwn ? 'adopt' : 'look', named: id },
      tell,
    )
    outcome = settled
    deps.io.note(outcomeLine(settled.elevation, settled.changed, deps.now()))
    return { target: settled.elevation.target, outcome: settled }
  } catch (thrown) {
    const error = asPimError(thrown)
    if (outcome === undefined) return { target: error.target ?? id, id, error }
    const { target } = outcome.elevation
    return { target, outcome, error: error.about(target) }
  }
}
