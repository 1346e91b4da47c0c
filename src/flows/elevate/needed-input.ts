import { asPimError, PimError } from '../../core/errors.ts'
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
  /** The sign-in that it demands, and that cannot be had here. */
  readonly trouble?: PimError
}

/**
 * What each request needs, before any of them is carried out. What is active already needs nothing; nor
 * does what cannot be decided on: trying it says why.
 */
export async function needsOf(
  requests: readonly ElevationRequest[],
  deps: ElevateDeps,
): Promise<readonly Needs[]> {
  // A single one is refused by trying it: nothing is half done then.
  const mustPrepare = requests.length > 1
  return Promise.all(requests.map((request) => needsOfOne(request, mustPrepare, deps)))
}

async function needsOfOne(
  request: ElevationRequest,
  mustPrepare: boolean,
  deps: ElevateDeps,
): Promise<Needs> {
  try {
    const provider = await deps.provider(request.target.provider)
    const requirements = await requirementsFor(request.target, provider, deps)
    const { mfaDevices } = requirements
    const missing = missingFrom(request, requirements)
    const needsSignIn = mustPrepare && demandsSignIn(requirements)
    const isIdle = missing.length === 0 && mfaDevices.length === 0 && !needsSignIn
    if (isIdle || !(await isToBeAsked(request, requirements, provider, deps)))
      return nothing(request)
    const needs: Needs = { request, missing, mfaDevices }
    if (!needsSignIn) return needs
    try {
      await provider.ensureSignIn?.(request.target, requirements, deps.signal)
      return needs
    } catch (thrown) {
      return troubled(needs, thrown)
    }
  } catch (thrown) {
    const needs = troubled(nothing(request), thrown)
    return mustPrepare ? needs : nothing(request)
  }
}

function demandsSignIn({ mfa, authenticationContext }: Requirements): boolean {
  return mfa === true || authenticationContext !== undefined
}

/** Why none of several requests is made: what some of them demand of the sign-in cannot be had here. */
export function missingSignIn(needs: readonly Needs[]): PimError | undefined {
  const without = needs.flatMap((each) =>
    each.trouble === undefined ? [] : [{ ...each, trouble: each.trouble }],
  )
  const [first] = without
  if (first === undefined) return undefined
  const { code, message, hint, provider } = first.trouble
  const names = without.map(({ request }) => `\`${formatTarget(request.target)}\``).join(', ')
  return new PimError('sign-in', code, `nothing was requested, because of ${names}: ${message}`, {
    hint,
    provider,
    cause: first.trouble,
  })
}

/** What is needed, and the sign-in where that is the trouble. Whatever else is, trying it says. */
function troubled(needs: Needs, thrown: unknown): Needs {
  const trouble = asPimError(thrown)
  if (trouble.kind === 'interrupted') throw trouble
  return trouble.kind === 'sign-in' ? { ...needs, trouble } : needs
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
