import type { Elevation, ElevationRecords } from '../../src/core/elevation/elevation.ts'
import { reconcile, type ReconcileDeps, type Reconciled } from '../../src/flows/track/reconcile.ts'
import { release, type Released, type ReleaseDeps } from '../../src/flows/release/release.ts'

/** What is remembered of a target: the one that was asked for last. */
export async function remembered(
  { records }: { readonly records: ElevationRecords },
  target: string,
): Promise<Elevation | undefined> {
  return (await records.of(target))[0]
}

/** Asks about everything that is remembered. */
export async function reconcileAll(deps: ReconcileDeps): Promise<readonly Reconciled[]> {
  return reconcile(await deps.records.list(), deps)
}

/** Releases what is remembered of a target; undefined where nothing is. */
export async function releaseNamed(
  target: string,
  deps: ReleaseDeps,
  options?: Parameters<typeof release>[2],
): Promise<Released | undefined> {
  const elevation = await remembered(deps, target)
  return elevation && release(elevation, deps, options)
}
