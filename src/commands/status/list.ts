import { worstExitCode, type PimError } from '../../core/errors.ts'
import type { NotAsked } from '../../core/elevation/not-asked.ts'
import { formatIdentity } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget, parseProvider, providerIds, type ProviderId } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { discover, type Discovery, type ProviderTrouble } from '../../flows/discover/discover.ts'
import { freshness } from '../../flows/discover/cache.ts'
import { listTargets } from '../../flows/discover/listing.ts'
import { knownElevations, unlessShown } from '../../flows/record/lost.ts'
import { readRequirements } from '../../flows/discover/requirements.ts'
import { formatAge } from '../../core/time/local-time.ts'
import { leftOutLines, notAskedJson } from '../../ui/not-asked.ts'
import { table } from '../../ui/output/table.ts'
import { assertIdentityUsedAt } from '../account/identity-options.ts'
import { sayTroubles } from '../provider-troubles.ts'
import { leftoverIdentities, nothingListed } from './nothing-listed.ts'
import { targetColumns, targetJson, targetRow, type ListedTarget } from '../../ui/target.ts'

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
  const { io } = deps
  const only = flags.provider === undefined ? undefined : parseProvider(flags.provider)
  if (only !== undefined) await assertIdentityUsedAt(only, deps)
  const maxAge = flags.refresh === true ? freshness.now : freshness.list
  const [discovery, { elevations, unreadable: all }] = await Promise.all([
    discover(deps, { only, maxAge }),
    knownElevations(deps),
  ])
  sayForWhom(discovery, deps)
  const { entries, notAsked } = await listTargets(discovery, elevations, only, deps)
  const active = entries.filter(({ state }) => state?.state === 'active')
  const unreadable = unlessShown(
    all,
    active.map(({ target }) => formatTarget(target)),
  )
  for (const error of unreadable) io.error(error)
  const listed = entries
    .filter(({ target }) => matches(formatTarget(target), filter))
    .filter(({ state }) => flags.active !== true || state?.state === 'active')
  const requirements =
    flags.requirements === true
      ? await readRequirements(
          listed.map(({ target }) => target),
          deps,
        )
      : undefined
  const rows: readonly ListedTarget[] = listed.map((entry) => ({
    ...entry,
    requirements: requirements?.get(formatTarget(entry.target)),
  }))
  const troubles = discovery.troubles.filter(({ isSetUp }) => isSetUp)
  const missing = missingParts(discovery)
  for (const line of leftOutLines(notAsked)) io.warn(line)
  sayWhatIsNotSetUp(discovery, missing.length > 0 || rows.length === 0, deps)
  await show(
    rows,
    { ...discovery, troubles, missing, unreadable, notAsked },
    { filter, flags, only },
    deps,
  )
  if (rows.length > 0 && filter === undefined) {
    for (const said of await leftoverIdentities(discovery, only, deps)) io.note(said)
  }
  return worstExitCode(
    [...troubles.map(({ error }) => error), ...unreadable].map((error) => error.exitCode),
  )
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

/** Whose targets these are; a command that uses several identities says which is used for what. */
function sayForWhom({ identities }: Discovery, { io }: Deps): void {
  const names = new Map<string, ProviderId[]>()
  for (const [provider, identity] of identities) {
    const name = formatIdentity(identity)
    names.set(name, [...(names.get(name) ?? []), provider])
  }
  for (const [name, providers] of names) {
    io.note(`${providers.join(', ')}: targets of ${printable(name)}`)
  }
}

/** What a person asked to see. */
interface Asked {
  readonly filter: string | undefined
  readonly flags: ListFlags
  readonly only: ProviderId | undefined
}

interface Shown extends Pick<Discovery, 'troubles' | 'readAt' | 'identities'> {
  /** Parts that nobody has signed in to: no failure, but the list is not whole. */
  readonly missing: readonly ProviderTrouble[]
  /** What of this machine's own state could not be read. */
  readonly unreadable: readonly PimError[]
  readonly notAsked: readonly NotAsked[]
}

async function show(
  rows: readonly ListedTarget[],
  shown: Shown,
  asked: Asked,
  deps: Deps,
): Promise<void> {
  const { troubles, missing, unreadable, notAsked, readAt } = shown
  const { io } = deps
  const { flags } = asked
  sayTroubles(troubles, deps)
  if (io.wantsJson) {
    const errors = [
      ...[...troubles, ...missing].map(({ provider, error }) => ({
        provider,
        error: error.toJSON(),
      })),
      ...unreadable.map((error) => ({ error: error.toJSON() })),
    ]
    io.json({
      schema: 'pim.targets/v1',
      targets: rows.map(targetJson),
      errors,
      notAsked: notAsked.map(notAskedJson),
      ...(readAt !== undefined && { readAt: readAt.toISOString() }),
    })
  } else if (rows.length > 0) {
    io.out(table(targetColumns(flags.requirements === true), rows.map(targetRow), io.width()))
    if (readAt !== undefined) {
      io.note(`cached ${formatAge(readAt, deps.now())} ago; \`--refresh\` reloads`)
    }
  } else if (troubles.length === 0 && unreadable.length === 0) {
    io.note(await nothing(asked, shown, deps))
  }
}

/** Why the list is empty. Where something was not asked, it says what was. */
async function nothing(
  { filter, flags, only }: Asked,
  { notAsked, identities }: Shown,
  deps: Deps,
): Promise<string> {
  if (filter !== undefined) {
    const what = flags.active === true ? 'active target' : 'target'
    return `No ${what} contains \`${printable(filter)}\``
  }
  if (flags.active !== true) return nothingListed(only, deps)
  if (notAsked.length === 0) return 'No active targets'
  const silent = notAsked.filter(({ reason }) => reason === 'not-signed-in')
  const asked = (only === undefined ? providerIds : [only]).filter(
    (id) => !silent.some(({ provider }) => provider === id),
  )
  const names = new Set([...identities.values()].map(formatIdentity))
  const who = names.size === 0 ? '' : ` for ${[...names].join(', ')}`
  return `No active targets in ${asked.join(', ')}${who}`
}

function matches(text: string, filter: string | undefined): boolean {
  return filter === undefined || text.toLowerCase().includes(filter.toLowerCase())
}
