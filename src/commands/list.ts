import { isLive } from '../core/elevation.ts'
import { PimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { formatTarget, providerIds, type ProviderId } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { discover, readRequirements } from '../flows/discover.ts'
import { sentence } from '../ui/error.ts'
import { table } from '../ui/table.ts'
import { targetHeading, targetJson, targetRow, type ListedTarget } from '../ui/target.ts'

export interface ListFlags {
  readonly active?: boolean
  readonly provider?: string
  readonly requirements?: boolean
}

/** `pim list [filter]`: the targets, with their state. A provider that fails is named and hides no other. */
export async function listCommand(
  filter: string | undefined,
  flags: ListFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  const only = flags.provider === undefined ? undefined : knownProvider(flags.provider)
  const [{ targets, troubles }, elevations] = await Promise.all([
    discover(deps, only),
    deps.records.list(),
  ])
  const live = new Map(
    elevations
      .filter((elevation) => isLive(elevation, deps.now()))
      .map((elevation) => [elevation.target, elevation]),
  )
  const shown = targets
    .filter((target) => matches(formatTarget(target), filter))
    .filter((target) => flags.active !== true || live.has(formatTarget(target)))
  const requirements = flags.requirements === true ? await readRequirements(shown, deps) : undefined
  const rows: readonly ListedTarget[] = shown.map((target) => ({
    target,
    active: live.get(formatTarget(target)),
    requirements: requirements?.get(formatTarget(target)),
  }))
  for (const { provider, error } of troubles)
    io.warn(`${provider}: ${sentence(error)}${hinted(error)}`)
  if (io.wantsJson) {
    const errors = troubles.map(({ provider, error }) => ({ provider, error: error.toJSON() }))
    io.json({ schema: 'pim.targets/v1', targets: rows.map(targetJson), errors })
  } else if (rows.length > 0) {
    io.out(table(targetHeading(flags.requirements === true), rows.map(targetRow)))
  } else if (troubles.length === 0) {
    io.note(filter === undefined ? await nothing(deps) : `no target holds \`${printable(filter)}\``)
  }
  return worstExitCode(troubles.map(({ error }) => error.exitCode))
}

async function nothing({ provider }: Deps): Promise<string> {
  const providers = await Promise.all(providerIds.map((id) => provider(id)))
  return `nothing is eligible; looked for ${providers.map(({ source }) => source()).join(' and ')}`
}

function hinted({ hint }: PimError): string {
  return hint === undefined ? '' : ` (${printable(hint)})`
}

function knownProvider(name: string): ProviderId {
  const provider = providerIds.find((id) => id === name.toLowerCase())
  if (provider !== undefined) return provider
  throw new PimError('usage', 'unknown-provider', `there is no provider \`${name}\``, {
    hint: `it is one of ${providerIds.join(', ')}`,
  })
}

function matches(text: string, filter: string | undefined): boolean {
  return filter === undefined || text.toLowerCase().includes(filter.toLowerCase())
}
