import type { Elevation, ElevationRecords } from '../../core/elevation/elevation.ts'
import type { LoadProvider } from '../../core/provider.ts'
import { formatTarget, type Target } from '../../core/target.ts'

/**
 * What is remembered of a target, whichever of its names it was asked for by: one role of a session has
 * several, and is as active under each.
 */
export async function rememberedOf(
  target: Target,
  {
    records,
    provider: load,
  }: { readonly records: ElevationRecords; readonly provider: LoadProvider },
): Promise<readonly Elevation[]> {
  const own = await records.of(formatTarget(target))
  if (own.length > 0 || (await load(target.provider)).access === 'grant') return own
  const { provider, role, scope } = target
  return (await records.list()).filter(
    (each) => each.provider === provider && each.role === role && each.scope === scope,
  )
}
