import { asPimError } from '../../core/errors.ts'
import { missingFrom, type MissingInput } from '../../core/elevation/missing-input.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { identityKey } from '../../core/identity/identity.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import { formatTarget } from '../../core/target.ts'
import { consider, requirementsFor } from './plan.ts'
import type { ElevateDeps } from './deps.ts'

/** What a request needs before it can be carried out. */
export interface Needs {
  readonly request: ElevationRequest
  /** What was not given. */
  readonly missing: readonly MissingInput[]
  /** The devices whose one-time codes will be asked for. */
  readonly mfaDevices: readonly string[]
}

/**
 * What each request needs, before any of them is carried out. What is active already needs nothing; nor
 * does what cannot be decided on: trying it says why.
 */
export async function needsOf(
  requests: readonly ElevationRequest[],
  deps: ElevateDeps,
): Promise<readonly Needs[]> {
  return Promise.all(requests.map((request) => needsOfOne(request, deps)))
}

async function needsOfOne(request: ElevationRequest, deps: ElevateDeps): Promise<Needs> {
  try {
    const provider = await deps.provider(request.target.provider)
    const requirements = await requirementsFor(request.target, provider, deps)
    const { mfaDevices } = requirements
    const missing = missingFrom(request, requirements)
    const isIdle = missing.length === 0 && mfaDevices.length === 0
    if (isIdle || !(await isToBeAsked(request, requirements, provider, deps)))
      return nothing(request)
    return { request, missing, mfaDevices }
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return nothing(request)
  }
}

function nothing(request: ElevationRequest): Needs {
  return { request, missing: [], mfaDevices: [] }
}

/** Whether the provider would be asked for it, if only everything was given. */
async function isToBeAsked(
  request: ElevationRequest,
  requirements: Requirements,
  provider: Provider,
  deps: ElevateDeps,
): Promise<boolean> {
  const { justification = '-', ticket = { number: '-' } } = request
  const silent = { ...deps, tell: { ...deps.tell, notice: () => {} } }
  const decided = await consider(
    { ...request, justification, ticket },
    requirements,
    provider,
    silent,
  )
  return decided.kind === 'elevate'
}

/** The codes that nobody can be asked for; one of them was given where `hasGiven` says so. */
export function missingCodes(needs: readonly Needs[], hasGiven: boolean): readonly MissingInput[] {
  const codes = needs.flatMap(({ request, mfaDevices }) =>
    mfaDevices.map((device): MissingInput => ({
      input: 'mfa-code',
      target: formatTarget(request.target),
      device,
    })),
  )
  return hasGiven ? codes.slice(1) : codes
}

/** The same providers, which are asked once what a target demands, however often it is looked at. */
export function askingOnce(load: LoadProvider): LoadProvider {
  const asked = new Map<string, Promise<Requirements>>()
  return async (id, identity) => {
    const provider = await load(id, identity)
    const holder = identity === undefined ? '' : identityKey(identity)
    return {
      ...provider,
      requirements: (target, signal) => {
        const text = `${holder} ${formatTarget(target)}`
        const answer = asked.get(text) ?? provider.requirements(target, signal)
        asked.set(text, answer)
        return answer
      },
    }
  }
}
