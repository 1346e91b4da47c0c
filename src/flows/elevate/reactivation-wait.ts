import { formatDuration, milliseconds, seconds, type Duration } from '../../core/time/duration.ts'
import { asPimError, type PimError } from '../../core/errors.ts'
import type { Reporter } from '../../core/reporter.ts'

interface OnceForgottenDeps {
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  readonly tell: Pick<Reporter, 'progress'>
}

const pause = seconds(10)

/**
 * Asks until the provider has forgotten that the same was released a moment ago, and takes requests
 * again, for as long as there is patience. Every other refusal is the answer.
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
      const wait = waitAfter(asPimError(error))
      const elapsed = now().getTime() - from
      const ends = elapsed + milliseconds(wait?.pause ?? pause)
      const isPatient =
        patience !== undefined &&
        (wait?.mayOutlast === true ? elapsed : ends) < milliseconds(patience)
      if (wait === undefined || !isPatient) throw error
      tell.progress(target, wait.text, Math.floor(elapsed / 1000))
      await sleep(wait.pause, signal)
    }
  }
}

interface Wait {
  readonly text: string
  readonly pause: Duration
  /** Whether a last try may come after the patience has ended. */
  readonly mayOutlast: boolean
}

/** What to wait for, and how long, before it is asked again; undefined where that is no use. */
function waitAfter({ code, provider }: PimError): Wait | undefined {
  if (code === 'still-settling') {
    const text = 'released a moment ago; re-activation is not possible yet'
    return { text, pause, mayOutlast: true }
  }
  const retryAfter = provider?.retryAfterSeconds
  // Who does not say for how long was asked often enough.
  if (code !== 'throttled' || retryAfter === undefined) return undefined
  const longer = seconds(Math.max(pause.seconds, retryAfter))
  const text = `throttled for ${formatDuration(longer)}; asking again then`
  return { text, pause: longer, mayOutlast: false }
}
