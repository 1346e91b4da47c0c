import { isLive, type ElevationRecords } from '../core/elevation.ts'
import { formatTarget, parseTargetText, type Target } from '../core/target.ts'
import { currentElevations } from './current.ts'
import { discover, type DiscoverDeps, type ProviderTrouble } from './discover.ts'
import { freshness } from './findings.ts'

/** Something that is active: here, or at its provider alone, which then knows the target. */
export interface Active {
  readonly text: string
  readonly target?: Target
}

interface EverythingDeps extends DiscoverDeps {
  readonly records: ElevationRecords
}

/**
 * Everything that is active, here and at the providers, whoever activated it and wherever. A provider
 * that cannot say so is named, and hides nothing that is known.
 */
export async function everythingActive(
  deps: EverythingDeps,
): Promise<{ readonly active: readonly Active[]; readonly troubles: readonly ProviderTrouble[] }> {
  const here = (await currentElevations(deps))
    .filter((elevation) => isLive(elevation, deps.now()))
    .map(({ target }) => target)
  const { targets, active, troubles } = await discover(deps, { maxAge: freshness.now })
  const elsewhere = [...active.keys()].filter((text) => !here.includes(text))
  const found = await Promise.all(
    elsewhere.map(async (text) => ({ text, target: await targetOf(text, targets, deps) })),
  )
  return {
    active: [
      ...here.map((text) => ({ text })),
      ...found.flatMap(({ text, target }) => (target === undefined ? [] : { text, target })),
    ],
    troubles: troubles.filter(({ isSetUp }) => isSetUp),
  }
}

async function targetOf(
  text: string,
  targets: readonly Target[],
  { provider }: EverythingDeps,
): Promise<Target | undefined> {
  const listed = targets.find((target) => formatTarget(target) === text)
  if (listed !== undefined) return listed
  const { provider: id, path } = parseTargetText(text)
  const own = targets.filter((target) => target.provider === id)
  return (await provider(id)).locate(path, own)
}
