import { isLive, isPending, type Elevation } from '../core/elevation.ts'
import { worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { formatTarget, parseProvider, type ProviderId } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { discover, type Discovery, type ProviderTrouble } from '../flows/discover.ts'
import { freshness } from '../flows/findings.ts'
import { readRequirements } from '../flows/requirements.ts'
import { formatAge } from '../ui/clock.ts'
import { sentence } from '../ui/error.ts'
import { table } from '../ui/table.ts'
import { leftoverIdentities, nothingListed } from './nothing-listed.ts'
import { targetHeading, targetJson, targetRow, type ListedTarget } from '../ui/target.ts'

export interface ListFlags {
  readonly active?: boolean
  readonly provider?: string
  readonly requirements?: boolean
  readonly refresh?: boolean
}

/** `pim list [filter]`: the targets, with their state. A provider that fails is named and hides no other. */
export async function listCommand(
  filter: string | undefined,
  flags: ListFlags,
  deps: Deps,
): Promise<number> {
  const only = flags.provider === undefined ? undefined : parseProvider(flags.provider)
  const maxAge = flags.refresh === true ? freshness.now : freshness.list
  const [discovery, elevations] = await Promise.all([
    discover(deps, { only, maxAge }),
    deps.records.list(),
  ])
  const listed = discovery.targets
    .filter((target) => matches(formatTarget(target), filter))
    .map((target) => ({
      target,
      state: stateOf(formatTarget(target), discovery, elevations, deps),
    }))
    .filter(({ state }) => flags.active !== true || state?.state === 'active')
  const requirements =
    flags.requirements === true
      ? await readRequirements(
          listed.map(({ target }) => target),
          deps,
        )
      : undefined
  const rows: readonly ListedTarget[] = listed.map(({ target, state }) => ({
    target,
    state,
    requirements: requirements?.get(formatTarget(target)),
  }))
  const troubles = discovery.troubles.filter(({ isSetUp }) => isSetUp)
  const missing = missingParts(discovery)
  sayWhatIsNotSetUp(discovery, missing.length > 0 || rows.length === 0, deps)
  await show(rows, { ...discovery, troubles, missing }, { filter, flags, only }, deps)
  if (rows.length > 0 && filter === undefined) {
    for (const said of await leftoverIdentities(discovery, only, deps)) deps.io.note(said)
  }
  return worstExitCode(troubles.map(({ error }) => error.exitCode))
}

/** A cloud that nobody uses is no news; one of which a part is missing from the list is. */
function missingParts({ troubles, targets }: Discovery): readonly ProviderTrouble[] {
  const isPart = targets.some(({ reference }) => reference !== undefined)
  return isPart ? troubles.filter(({ isSetUp }) => !isSetUp) : []
}

function sayWhatIsNotSetUp({ troubles }: Discovery, isMissed: boolean, { io }: Deps): void {
  const notSetUp = troubles.filter(({ isSetUp }) => !isSetUp)
  if (notSetUp.length === 0) return
  const names = notSetUp.map(({ provider }) => provider).join(', ')
  const text = `not listed: ${names}; ${notSetUp[0]?.error.hint ?? ''}`
  if (isMissed) io.note(text)
  else io.detail(text)
}

/** What is known of a target's state: what this machine asked for, else what the provider lists. */
function stateOf(
  text: string,
  { active }: Discovery,
  elevations: readonly Elevation[],
  { now }: Deps,
): ListedTarget['state'] {
  const known = elevations.find(({ target }) => target === text)
  const isOpen = known !== undefined && (isLive(known, now()) || isPending(known, now()))
  if (isOpen) return { state: known.state, expiresAt: known.expiresAt }
  const standing = active.get(text)
  if (standing === undefined || standing.expiresAt <= now()) return undefined
  return { state: 'active', expiresAt: standing.expiresAt }
}

/** What a person asked to see. */
interface Asked {
  readonly filter: string | undefined
  readonly flags: ListFlags
  readonly only: ProviderId | undefined
}

interface Shown extends Pick<Discovery, 'troubles' | 'readAt'> {
  /** Parts that nobody has signed in to: no failure, but the list is not whole. */
  readonly missing: readonly ProviderTrouble[]
}

async function show(
  rows: readonly ListedTarget[],
  { troubles, missing, readAt }: Shown,
  asked: Asked,
  deps: Deps,
): Promise<void> {
  const { io } = deps
  const { flags } = asked
  for (const { provider, error } of troubles)
    io.warn(`${provider}: ${sentence(error)}${hinted(error)}`)
  if (io.wantsJson) {
    const errors = [...troubles, ...missing].map(({ provider, error }) => ({
      provider,
      error: error.toJSON(),
    }))
    io.json({
      schema: 'pim.targets/v1',
      targets: rows.map(targetJson),
      errors,
      ...(readAt !== undefined && { readAt: readAt.toISOString() }),
    })
  } else if (rows.length > 0) {
    io.out(table(targetHeading(flags.requirements === true), rows.map(targetRow)))
    if (readAt !== undefined) {
      io.note(`as read ${formatAge(readAt, deps.now())} ago; \`--refresh\` asks anew`)
    }
  } else if (troubles.length === 0) {
    io.note(await nothing(asked, deps))
  }
}

async function nothing({ filter, flags, only }: Asked, deps: Deps): Promise<string> {
  if (filter !== undefined) {
    const what = flags.active === true ? 'active target' : 'target'
    return `no ${what} holds \`${printable(filter)}\``
  }
  if (flags.active === true) return 'nothing is active'
  return nothingListed(only, deps)
}

function hinted({ hint }: ProviderTrouble['error']): string {
  return hint === undefined ? '' : ` (${printable(hint)})`
}

function matches(text: string, filter: string | undefined): boolean {
  return filter === undefined || text.toLowerCase().includes(filter.toLowerCase())
}
