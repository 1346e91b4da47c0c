import { milliseconds, seconds, type Duration } from '../core/duration.ts'
import { asPimError } from '../core/errors.ts'
import type { Tell } from './elevate.ts'

interface OnceForgottenDeps {
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  readonly tell: Pick<Tell, 'progress'>
}

const pause = seconds(10)

/**
 * Asks until the provider has forgotten that the same was given back a moment ago, for as long as there
 * is patience. Every other refusal is the answer.
 */
export async function onceForgotten<Answer>(
  target: string,
  ask: () => Promise<Answer>,
  patience: Duration | undefined,
  { now, sleep, signal, tell }: OnceForgottenDeps,
): Promise<Answer> {
  const from = now().getTime()
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const elapsed = now().getTime() - from
      const isPatient = patience !== undefined && elapsed < milliseconds(patience)
      if (asPimError(error).code !== 'still-settling' || !isPatient) throw error
      const text = 'given back a moment ago; not to be had again yet'
      tell.progress(target, text, Math.floor(elapsed / 1000))
      await sleep(pause, signal)
    }
  }
}
