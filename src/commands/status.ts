import { setTimeout as delay } from 'node:timers/promises'
import { isLive, type Elevation } from '../core/elevation.ts'
import type { PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import { currentElevations } from '../flows/current.ts'
import { elevationJson, elevationsJson, statusHeading, statusRow } from '../ui/elevation.ts'

export interface StatusFlags {
  readonly check?: string
  readonly watch?: boolean
}

/**
 * `pim status`: what is active or on its way, and for how long. A session is known here; of rights the
 * provider is asked, and what it could not be asked is said. It opens no keychain for a session.
 */
export async function statusCommand(flags: StatusFlags, deps: Deps): Promise<number> {
  if (flags.check !== undefined) return check(flags.check, deps)
  if (flags.watch === true) return watch(deps)
  await show(await confirmed(deps), deps)
  return 0
}

/** What is remembered; `trouble` where its provider could not confirm it. */
interface Known {
  readonly elevation: Elevation
  readonly trouble?: PimError
}

async function confirmed(deps: Deps): Promise<readonly Known[]> {
  const remembered = await currentElevations(deps)
  const access = await Promise.all(
    remembered.map(async ({ provider }) => (await deps.provider(provider)).access),
  )
  if (!access.includes('grant')) return remembered.map((elevation) => ({ elevation }))
  const { reconcile } = await import('../flows/reconcile.ts')
  const found = await reconcile(deps)
  return found.toSorted(
    (one, other) => one.elevation.expiresAt.getTime() - other.elevation.expiresAt.getTime(),
  )
}

async function show(
  known: readonly Known[],
  { io, now }: Pick<Deps, 'io' | 'now'>,
  form: 'document' | 'line' = 'document',
): Promise<void> {
  if (io.wantsJson) {
    const entries = known.map(({ elevation, trouble }) => ({
      ...elevationJson(elevation, false),
      ...(trouble !== undefined && { error: trouble.toJSON() }),
    }))
    io.json(elevationsJson(entries), form)
  } else if (known.length === 0) {
    io.note('nothing is active')
  } else {
    const { table } = await import('../ui/table.ts')
    const rows = known.map(({ elevation }) => statusRow(elevation, now()))
    io.out(table(statusHeading, rows))
  }
  for (const { elevation, trouble } of known) {
    if (trouble !== undefined) io.warn(await unconfirmed(elevation, trouble, now()))
  }
}

async function unconfirmed(
  { target, confirmedAt, requestedAt }: Elevation,
  { message }: PimError,
  now: Date,
): Promise<string> {
  const { formatAge } = await import('../ui/clock.ts')
  const age = formatAge(confirmedAt ?? requestedAt, now)
  return `\`${printable(target)}\` is shown as of ${age} ago: ${printable(message)}`
}

/** Exit code 0 when active, 1 when not; not a word either way. */
async function check(word: string, deps: Deps): Promise<number> {
  const text = (await deps.records.get(word)) === undefined ? await textOf(word, deps) : word
  const found = (await confirmed(deps)).find(({ elevation }) => elevation.target === text)
  return found !== undefined && isLive(found.elevation, deps.now()) ? 0 : 1
}

async function textOf(word: string, deps: Deps): Promise<string> {
  const { onlyTarget } = await import('../flows/hand-out.ts')
  const { provider, path } = await onlyTarget(word, deps)
  return `${provider}:${path}`
}

const clearScreen = '\u001B[H\u001B[2J'

/** How often a provider is asked while somebody looks on. */
const askEverySeconds = 30

/**
 * Shows it anew every second until interrupted, or nobody reads it any more: in place on a terminal,
 * and as JSON a line each.
 */
async function watch(deps: Deps): Promise<number> {
  const { signal, host } = deps
  let troubles: readonly Known[] = []
  for (let second = 0; !signal.aborted; second += 1) {
    if (second % askEverySeconds === 0) {
      troubles = (await confirmed(deps)).filter(({ trouble }) => trouble !== undefined)
    }
    const known = (await currentElevations(deps)).map(
      (elevation) => troubles.find((each) => each.elevation.id === elevation.id) ?? { elevation },
    )
    if (host.stdout.isTerminal) host.stdout.write(clearScreen)
    await show(known, deps, 'line')
    if (host.stdout.isAbandoned) return 0
    await delay(1000, undefined, { signal }).catch(() => {})
  }
  return 130
}
