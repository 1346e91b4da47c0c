import type { Elevation } from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import { formatIdentity, isSameIdentity, type Identity } from '../../core/identity/identity.ts'
import { printable, typed } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import { providerIds, type ProviderId } from '../../core/target.ts'
import type { RequestsDeps } from './requests.ts'

/** Why a request is not cancelled: it is somebody else's, or another account's of the same person. */
export async function notYours(
  id: string,
  { target, identity, provider }: Pick<Elevation, 'target' | 'identity' | 'provider'>,
  deps: RequestsDeps,
): Promise<PimError> {
  const others = await identitiesOf(await deps.provider(provider), deps.signal)
  const isHere = identity !== undefined && others.some((each) => isSameIdentity(each, identity))
  return isHere
    ? anothersRequest(id, identity).about(target)
    : othersRequest(id, identity).about(target)
}

/** The account signed in here whose request this is, other than the one in use, as an error that names it. */
export async function ofAnotherAccount(
  id: string,
  deps: RequestsDeps,
): Promise<PimError | undefined> {
  const owners = await Promise.all(providerIds.map((each) => ownerAt(each, id, deps)))
  const owner = owners.find((each) => each !== undefined)
  return owner && anothersRequest(id, owner)
}

async function ownerAt(
  providerId: ProviderId,
  id: string,
  { provider: load, signal }: RequestsDeps,
): Promise<Identity | undefined> {
  const identities = await identitiesOf(await load(providerId), signal)
  const owners = await Promise.all(
    identities.map(async (identity) => {
      const { approvals } = await load(providerId, identity)
      const request = await approvals?.find(id, signal).catch(() => undefined)
      const isTheirs = request?.requester.id.toLowerCase() === identity.account.toLowerCase()
      return isTheirs ? identity : undefined
    }),
  )
  signal.throwIfAborted()
  return owners.find((each) => each !== undefined)
}

async function identitiesOf(
  { identities }: Provider,
  signal: AbortSignal,
): Promise<readonly Identity[]> {
  const known = await identities?.(signal).catch(() => undefined)
  return known?.identities ?? []
}

function anothersRequest(id: string, owner: Identity): PimError {
  const { tenant, name } = owner
  return refusal(
    id,
    owner,
    `\`pim cancel ${typed(id)} --account ${typed(name)} --tenant ${typed(tenant)}\` cancels it`,
  )
}

function othersRequest(id: string, owner: Identity | undefined): PimError {
  return refusal(id, owner, `an approver can deny it: \`pim deny ${typed(id)} -j "…"\``)
}

function refusal(id: string, owner: Identity | undefined, hint: string): PimError {
  const who = owner === undefined ? 'somebody else' : printable(formatIdentity(owner))
  const message = `request ${printable(id)} belongs to ${who}; only that account can cancel it`
  return new PimError('refused', 'not-your-request', message, { hint })
}
