import { formatDuration, milliseconds, type Duration } from '../core/duration.ts'
import { PimError } from '../core/errors.ts'
import type { Provider } from '../core/provider.ts'
import { formatTarget, type Target } from '../core/target.ts'
import type { Outcome } from './elevate.ts'

/** How much must be true before an elevation counts as done. */
export const waits = ['none', 'active', 'effective'] as const

export type Wait = (typeof waits)[number]

export interface SettleDeps {
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
}

const pause: Duration = { seconds: 2 }

/**
 * Waits until what was handed out works. Throws `pending`, exit code 5, when that has not happened
 * by the deadline: the elevation stands all the same.
 */
export async function settle(
  outcome: Outcome,
  target: Target,
  provider: Provider,
  limit: { readonly wait: Wait; readonly timeout: Duration },
  deps: SettleDeps,
): Promise<void> {
  if (limit.wait !== 'effective' || !outcome.changed) return
  const deadline = deps.now().getTime() + milliseconds(limit.timeout)
  while (!(await provider.isEffective(target, outcome.credentials, deps.signal))) {
    if (deps.now().getTime() >= deadline) throw notYet(outcome, target, limit.timeout)
    await deps.sleep(pause, deps.signal)
  }
}

function notYet({ elevation }: Outcome, target: Target, timeout: Duration): PimError {
  const waited = formatDuration(timeout)
  return new PimError(
    'pending',
    'not-effective-yet',
    `elevation ${elevation.id} is active, but did not work within ${waited}`,
    {
      target: formatTarget(target),
      hint: 'try again soon, or wait longer with `--timeout`',
    },
  )
}
