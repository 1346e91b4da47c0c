import { isHeldBy, isUndecided } from '../../core/elevation/elevation.ts'
import { formatIdentity } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'

/**
 * What a command uses about an elevation to a target: as whoever is in use, where that one holds it; else
 * as the one who does, and that is said.
 */
export async function asHolder(text: string, deps: Deps): Promise<Deps> {
  const active = (await deps.records.of(text)).filter((each) => !isUndecided(each))
  const [first] = active
  if (first === undefined) return deps
  const provider = await deps.provider(first.provider)
  if (provider.access === 'session') return deps
  const holder = active.find(({ identity }) => identity !== undefined)?.identity
  if (holder === undefined) return deps
  const inUse = await provider.whoAmI(deps.signal).catch(() => undefined)
  if (active.some((each) => isHeldBy(each, inUse?.identity))) return deps
  const { tenant, account } = deps.globals
  // Who names another identity means that one, whether it holds anything or not.
  if (inUse !== undefined && (tenant !== undefined || account !== undefined)) return deps
  deps.io.note(`${printable(formatIdentity(holder))} holds \`${printable(text)}\``)
  return { ...deps, provider: (id, identity) => deps.provider(id, identity ?? holder) }
}
