import type { AccessRequest } from '../../core/elevation/approval.ts'
import { after, hours } from '../../core/time/duration.ts'
import type { Actor, Elevation, ElevationRecords } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { hasEnded } from '../../core/elevation/lifecycle.ts'
import { isSameIdentity, type Identity } from '../../core/identity/identity.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'
import { formatTarget, providerIds, type ProviderId } from '../../core/target.ts'
import type { Asked } from '../../core/elevation/not-asked.ts'
import type { ProviderTrouble } from '../discover/discover.ts'
import { notSignedIn } from '../discover/listing.ts'
import { providerOfHolder } from '../track/holder.ts'
import { heard } from '../track/unconfirmed.ts'

export interface RequestsDeps {
  readonly provider: LoadProvider
  readonly signal: AbortSignal
}

/** Whose requests: one's own that are open, all of one's own, or those that wait for one's decision. */
export type RequestView = 'open' | 'all' | 'to-approve'

export interface FoundRequests extends Asked {
  readonly requests: readonly AccessRequest[]
  readonly troubles: readonly ProviderTrouble[]
}

/** Requests at every provider that knows approvals, the newest first. One that fails is named, and hides no other. */
export async function findRequests(view: RequestView, deps: RequestsDeps): Promise<FoundRequests> {
  const answers = await Promise.all(providerIds.map((id) => requestsAt(id, view, deps)))
  const known = answers.flatMap((answer) => answer ?? [])
  if (known.every(({ isAsked }) => !isAsked)) throw nobodyToAsk()
  const troubles = known.flatMap((each) => each.troubles)
  const silent = known.flatMap(({ id, isAsked }) => (isAsked ? [] : [id]))
  return {
    requests: known
      .flatMap(({ requests }) => requests)
      .filter(({ state }) => view !== 'open' || (!hasEnded(state) && state !== 'active'))
      .toSorted((one, other) => other.requestedAt.getTime() - one.requestedAt.getTime()),
    troubles,
    identities: new Map(known.flatMap(({ id, identity }) => (identity ? [[id, identity]] : []))),
    notSignedIn: [...silent, ...notSignedIn(troubles)],
  }
}

interface Answer {
  readonly id: ProviderId
  readonly requests: readonly AccessRequest[]
  readonly troubles: readonly ProviderTrouble[]
  readonly isAsked: boolean
  /** For whom it answered. */
  readonly identity?: Identity
}

/** Undefined where a provider knows no requests. */
async function requestsAt(
  id: ProviderId,
  view: RequestView,
  { provider: load, signal }: RequestsDeps,
): Promise<Answer | undefined> {
  const answer = { id, requests: [], troubles: [], isAsked: true }
  try {
    const provider = await load(id)
    const { approvals } = provider
    if (approvals === undefined) return undefined
    if (!(await provider.isSetUp())) return { ...answer, isAsked: false }
    const troubles: ProviderTrouble[] = []
    const onUnreadable = (error: PimError): void => {
      troubles.push({ provider: id, error, isSetUp: true })
    }
    const requests =
      view === 'to-approve'
        ? await approvals.toApprove(signal, onUnreadable)
        : await approvals.mine({ all: view === 'all' }, signal, onUnreadable)
    const { identity } = await provider.whoAmI(signal)
    return { ...answer, requests, troubles, identity }
  } catch (thrown) {
    const error = asPimError(thrown)
    if (error.kind === 'interrupted') throw error
    return { ...answer, troubles: [{ provider: id, error, isSetUp: true }] }
  }
}

function nobodyToAsk(): PimError {
  return new PimError(
    'sign-in',
    'not-signed-in',
    'no account that could have requests is signed in',
    {
      hint: '`pim login azure` signs in to Microsoft',
    },
  )
}

/** A request, and the provider that has it. */
export interface LocatedRequest {
  readonly request: AccessRequest
  readonly provider: Provider
}

/** The one request with this id. Throws `usage`, `unknown-request`; the provider's trouble where one could not say. */
export async function requestById(id: string, deps: RequestsDeps): Promise<LocatedRequest> {
  const answers = await Promise.all(providerIds.map((each) => requestAt(each, id, deps)))
  const found = answers.find(({ located }) => located !== undefined)?.located
  if (found !== undefined) return found
  throw answers.find(({ trouble }) => trouble !== undefined)?.trouble ?? unknownRequest(id)
}

async function requestAt(
  providerId: ProviderId,
  id: string,
  { provider: load, signal }: RequestsDeps,
): Promise<{ readonly located?: LocatedRequest; readonly trouble?: PimError }> {
  try {
    const provider = await load(providerId)
    if (provider.approvals === undefined || !(await provider.isSetUp())) return {}
    const request = await provider.approvals.find(id, signal)
    return request === undefined ? {} : { located: { request, provider } }
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind === 'interrupted') throw trouble
    return { trouble }
  }
}

function unknownRequest(id: string): PimError {
  return new PimError('usage', 'unknown-request', `there is no request ${id}`, {
    hint: '`pim requests` shows yours, `pim requests --to-approve` those that wait for you',
  })
}

export interface ElevationByIdDeps extends RequestsDeps {
  readonly records: ElevationRecords
  readonly actor: Actor
  readonly now: () => Date
}

/** An elevation that an id means, the provider as whoever may ask about it, and whether it is one's own. */
export interface LocatedElevation {
  readonly elevation: Elevation
  readonly provider: Provider
  readonly isOwn: boolean
}

/**
 * The elevation that an id means, pim's own or the provider's of the request: as this machine remembers
 * it, or as the provider shows it to who asked from another, or to who approves it.
 */
export async function elevationById(
  id: string,
  deps: ElevationByIdDeps,
): Promise<LocatedElevation> {
  const remembered = await deps.records.list()
  const known = remembered.find((each) => each.id === id || each.providerRequestId === id)
  if (known !== undefined) return locatedRemembered(known, deps)
  for (const each of remembered.filter(({ unanswered }) => unanswered === true)) {
    const found = await locatedRemembered(each, deps)
    if (found.elevation.providerRequestId === id) return found
  }
  const { request, provider } = await requestById(id, deps)
  const { identity } = await provider.whoAmI(deps.signal)
  const holder = { ...identity, account: request.requester.id, name: request.requester.name }
  const elevation = toElevation(request, holder, await provider.configuration(), deps.actor)
  return { elevation, provider, isOwn: isSameIdentity(holder, identity) }
}

async function locatedRemembered(
  known: Elevation,
  deps: ElevationByIdDeps,
): Promise<LocatedElevation> {
  const provider = await providerOfHolder(known, deps)
  const elevation = known.unanswered ? await asHeard(known, provider, deps) : known
  return { elevation, provider, isOwn: true }
}

async function asHeard(
  known: Elevation,
  provider: Provider,
  deps: ElevationByIdDeps,
): Promise<Elevation> {
  const { elevation, progress } = await heard(known, provider, deps.now(), deps.signal)
  // What has ended is found out, and recorded, by whoever asks about it next.
  return hasEnded(progress.state) ? elevation : { ...elevation, state: progress.state }
}

/** What a provider does not say of a request, its own time limits bound. */
const usualDuration = hours(1)

function toElevation(
  request: AccessRequest,
  identity: Identity,
  configuration: string,
  actor: Actor,
): Elevation {
  const { id, provider, path, role, scope, state, requestedAt, justification, ticket } = request
  const asked = request.duration ?? usualDuration
  const startsAt = request.startsAt ?? requestedAt
  const expiresAt = after(startsAt, asked)
  return {
    id,
    target: formatTarget({ provider, path }),
    provider,
    role,
    scope,
    // What was granted may have ended since; only the list of what is active tells.
    state: state === 'active' ? 'provisioning' : state,
    requestedAt,
    startsAt,
    expiresAt,
    accessEndsAt: expiresAt,
    justification,
    ...(ticket !== undefined && { ticket }),
    actor: { ...actor, identity: request.requester.name },
    identity,
    providerRequestId: id,
    asked,
    clockAheadMs: 0,
    configuration,
    handedOut: [],
    facts: request.reference,
  }
}
