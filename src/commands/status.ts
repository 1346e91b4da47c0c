import { setTimeout as delay } from 'node:timers/promises'
import { isLive } from '../core/elevation.ts'
import type { Deps } from '../deps.ts'
import { currentElevations } from '../flows/current.ts'
import { elevationJson, elevationsJson, statusHeading, statusRow } from '../ui/elevation.ts'

export interface StatusFlags {
  readonly check?: string
  readonly watch?: boolean
}

/** `pim status`: what is active, and for how long. It asks no provider and opens no keychain. */
export async function statusCommand(flags: StatusFlags, deps: Deps): Promise<number> {
  if (flags.check !== undefined) return check(flags.check, deps)
  if (flags.watch === true) return watch(deps)
  await show(deps)
  return 0
}

async function show(
  deps: Pick<Deps, 'io' | 'records' | 'now'>,
  form: 'document' | 'line' = 'document',
): Promise<void> {
  const { io } = deps
  const elevations = await currentElevations(deps)
  if (io.wantsJson) {
    const entries = elevations.map((elevation) => elevationJson(elevation, false))
    io.json(elevationsJson(entries), form)
  } else if (elevations.length === 0) {
    io.note('nothing is active')
  } else {
    const { table } = await import('../ui/table.ts')
    io.out(
      table(
        statusHeading,
        elevations.map((elevation) => statusRow(elevation, deps.now())),
      ),
    )
  }
}

/** Exit code 0 when active, 1 when not; not a word either way. */
async function check(word: string, deps: Deps): Promise<number> {
  const remembered = await deps.records.get(word)
  if (remembered !== undefined) return isLive(remembered, deps.now()) ? 0 : 1
  const { onlyTarget } = await import('../flows/hand-out.ts')
  const target = await onlyTarget(word, deps)
  const elevation = await deps.records.get(`${target.provider}:${target.path}`)
  return elevation !== undefined && isLive(elevation, deps.now()) ? 0 : 1
}

const clearScreen = '\u001B[H\u001B[2J'

/**
 * Shows it anew every second until interrupted, or nobody reads it any more: in place on a terminal,
 * and as JSON a line each.
 */
async function watch({ signal, host: { stdout }, ...deps }: Deps): Promise<number> {
  while (!signal.aborted) {
    if (stdout.isTerminal) stdout.write(clearScreen)
    await show(deps, 'line')
    if (stdout.isAbandoned) return 0
    await delay(1000, undefined, { signal }).catch(() => {})
  }
  return 130
}
