import pLimit from 'p-limit'
import { asPimError, type PimError } from '../../core/errors.ts'
import type { Provider } from '../../core/provider.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import { formatTarget, type ProviderId, type Target } from '../../core/target.ts'

/** How many policies are read at once: providers throttle who asks for a hundred. */
const atOnce = 8

/** What each target demands, by its text form; an error where it could not be read. */
export async function readRequirements(
  targets: readonly Target[],
  deps: {
    readonly provider: (id: ProviderId) => Promise<Provider>
    readonly signal: AbortSignal
  },
): Promise<ReadonlyMap<string, Requirements | PimError>> {
  const limit = pLimit(atOnce)
  const read = targets.map((target) =>
    limit(async (): Promise<[string, Requirements | PimError]> => {
      try {
        const provider = await deps.provider(target.provider)
        return [formatTarget(target), await provider.requirements(target, deps.signal)]
      } catch (error) {
        return [formatTarget(target), asPimError(error)]
      }
    }),
  )
  return new Map(await Promise.all(read))
}
