import { PimError } from '../core/errors.ts'
import { planElevation, type ElevationPlan, type ElevationRequest } from '../core/plan.ts'
import type { Provider } from '../core/provider.ts'
import type { Requirements } from '../core/requirements.ts'
import type { Settings } from '../core/settings.ts'
import { formatTarget, type Target } from '../core/target.ts'
import { heldCredentials, type Held, type KeepDeps } from './keep.ts'

export interface ConsiderDeps extends KeepDeps {
  readonly settings: () => Promise<Settings>
  readonly newId: () => string
}

/** What the provider demands, with what the person set for when nothing is asked for. */
export async function requirementsFor(
  target: Target,
  provider: Provider,
  deps: Pick<ConsiderDeps, 'settings'>,
): Promise<Requirements> {
  const [requirements, settings] = await Promise.all([
    provider.requirements(target),
    deps.settings(),
  ])
  const set =
    settings.targets[formatTarget(target)]?.duration ??
    requirements.defaultDuration ??
    settings.duration
  return { ...requirements, ...(set !== undefined && { defaultDuration: set }) }
}

/** Nothing to do, with what is held already; or a plan. */
export type Decided =
  | { readonly kind: 'already-active'; readonly held: Held }
  | { readonly kind: 'elevate'; readonly plan: ElevationPlan }

/** Decides on a request as things stand, without calling the provider. Refusals are thrown. */
export async function consider(
  request: ElevationRequest,
  requirements: Requirements,
  provider: Provider,
  deps: ConsiderDeps,
): Promise<Decided> {
  const held = request.force ? undefined : await heldCredentials(request.target, provider, deps)
  const decision = planElevation({
    request,
    requirements,
    current: held?.elevation,
    now: deps.now(),
    id: deps.newId(),
  })
  if (decision.kind === 'elevate') return decision
  return { kind: 'already-active', held: held ?? unheld() }
}

function unheld(): never {
  throw new PimError('unexpected', 'nothing-held', 'found active what is not held')
}
