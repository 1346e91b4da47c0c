import { cap, type ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import type { CloudIdentity } from '../../core/provider.ts'
import { asPimError } from '../../core/errors.ts'
import { formatTarget } from '../../core/target.ts'
import { consider, requirementsFor } from './plan.ts'
import type { ElevateDeps } from './deps.ts'
import type { Held } from './persist.ts'

/** What would happen: nothing, since it is active already, or this plan by this identity. */
export type Preview =
  | { readonly kind: 'already-active'; readonly held: Held }
  | {
      readonly kind: 'elevate'
      readonly plan: ElevationPlan
      readonly identity: CloudIdentity | undefined
      /** Whether somebody has to approve it. */
      readonly approval: Requirements['approval']
    }

/** Resolves, checks, asks the provider who we are and, where it can, to check it too; changes nothing. */
export async function preview(request: ElevationRequest, deps: ElevateDeps): Promise<Preview> {
  try {
    const provider = await deps.provider(request.target.provider)
    const requirements = await requirementsFor(request.target, provider, deps)
    const decided = await consider(request, requirements, provider, deps)
    if (decided.kind === 'already-active') return decided
    const identity = await deps.tell.asking(
      formatTarget(request.target),
      provider.identify(request.target, deps.signal),
    )
    const longest = identity?.longest
    const plan =
      longest === undefined ? decided.plan : cap(decided.plan, longest.duration, longest.why)
    const { actor, signal } = deps
    await provider.validate?.({ plan, identity, mfaCodes: [], actor, signal })
    return { kind: 'elevate', plan, identity, approval: requirements.approval }
  } catch (error) {
    throw asPimError(error).about(formatTarget(request.target))
  }
}
