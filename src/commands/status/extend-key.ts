import { formatDuration } from '../../core/time/duration.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { asPimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { onlyTarget } from '../../flows/use/hand-out.ts'
import { outcomeLine } from '../../ui/elevation.ts'
import type { Result } from '../elevate/outcomes.ts'

/** What is pressed to extend. */
export const extendKey = 'e'

/** An offer to extend, by one key, to a person at the terminal. */
export interface Offers {
  /** Offers it, and takes the keys meanwhile; undefined where it is not offered. */
  readonly open: (elevation: Elevation | undefined) => Promise<Elevation | undefined>
  /** The key that was pressed within a time; undefined where no keys are taken. */
  readonly next: (
    milliseconds: number,
    signal: AbortSignal,
  ) => Promise<string | undefined> | undefined
  /** Extends it as `pim extend` does, for as long as was asked for before. Throws `interrupted`. */
  readonly extend: (elevation: Elevation) => Promise<void>
  /** Says what came of the last one, for a while. */
  readonly sayLast: () => void
  readonly close: () => void
}

/** How often what came of it is said: a screen that is drawn anew would wipe it away. */
const saidTimes = 30

/** `leave` is called when the person leaves by a key. While keys are taken, Ctrl-C is one. */
export function createOffers(deps: Deps, leave: () => void): Offers {
  let keys: Awaited<ReturnType<Deps['openKeys']>> | undefined
  let last = { times: 0, say: (): void => {} }
  const close = (): void => {
    keys?.close()
    keys = undefined
  }
  return {
    open: async (elevation) => {
      if (elevation === undefined) close()
      else if (isAnybodyThere(deps)) keys ??= await deps.openKeys(leave)
      return keys === undefined ? undefined : elevation
    },
    next: (milliseconds, signal) => keys?.next(milliseconds, signal),
    extend: async (elevation) => {
      close()
      const result = await extend(elevation, deps)
      if (result.error?.kind === 'interrupted') throw result.error
      last = { times: saidTimes, say: () => sayResult(result, deps) }
    },
    sayLast: () => {
      if (last.times === 0) return
      last = { ...last, times: last.times - 1 }
      last.say()
    },
    close,
  }
}

/** Whose answer goes elsewhere has it running in the background, where taking keys would stop it. */
function isAnybodyThere({ mayPrompt, globals, host }: Deps): boolean {
  return mayPrompt && host.stdout.isTerminal && !globals.json && !globals.quiet
}

async function extend({ target: text, asked }: Elevation, deps: Deps): Promise<Result> {
  const { extendTarget } = await import('../elevate/extend.ts')
  const flags = asked.seconds > 0 ? { duration: formatDuration(asked) } : {}
  try {
    return await extendTarget(await onlyTarget(text, deps), flags, deps)
  } catch (thrown) {
    return { target: text, error: asPimError(thrown).about(text) }
  }
}

function sayResult({ target, outcome, error }: Result, { io, now }: Deps): void {
  if (error?.code === 'not-confirmed') io.note(`\`${printable(target)}\` is left as it is`)
  else if (error !== undefined) io.error(error)
  else if (outcome !== undefined) io.note(outcomeLine(outcome.elevation, outcome.changed, now()))
}
