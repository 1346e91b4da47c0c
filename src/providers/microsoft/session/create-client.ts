import type { MicrosoftClient, Resource } from '../http/client.ts'
import type { Ground } from '../sign-in/context.ts'
import { mayUse, otherIdentity, tenantNameOf } from './identities.ts'
import { nobodyForArm, nobodyForGraph } from '../tokens/not-signed-in.ts'
import type { ConsentPlace } from '../http/permissions.ts'
import { createSender } from './authorized-client.ts'
import { accountInUse, accountsHere, shelfOf, sourcesFor, tools } from './token-sources.ts'
import { createSupply, type Supplied } from '../tokens/token-provider.ts'

/** ARM or Graph, for whoever is signed in on this machine when the first request is made. */
export async function createClient(resource: Resource, ground: Ground): Promise<MicrosoftClient> {
  const { http, now, person, inTurn } = ground
  const { endpoints, tenant } = await ground.place()
  const supply = createSupply({
    resource,
    endpoints,
    now,
    inTurn,
    mayBeAsked: () => person.mayBeAsked,
    sources: () => sourcesFor(resource, ground),
    shelf: (source) => shelfOf(source.key, resource, ground),
    mayUse: (token) => mayUse(token, ground, tenant),
    nobody: async (passedOver) => {
      const absence = { tenant, passedOver, tools: await tools(ground) }
      return (
        otherIdentity(ground, passedOver, await accountsHere(ground)) ??
        (resource === 'arm' ? nobodyForArm(absence) : nobodyForGraph(absence))
      )
    },
  })
  const consent = (from: Supplied) => consentPlace(from, ground)
  const sender = createSender({ resource, endpoints, http, supply, now, consent })
  return {
    ...sender,
    identity: async (signal, options) => {
      const identity = await sender.identity(signal, options)
      const tenantName = await tenantNameOf(identity.tenantId, ground)
      return { ...identity, ...(tenantName !== undefined && { tenantName }) }
    },
  }
}

async function consentPlace(
  { token, source }: Supplied,
  ground: Ground,
): Promise<ConsentPlace | undefined> {
  const clientId = source.kind === 'account' ? (await accountInUse(ground))?.clientId : undefined
  if (clientId === undefined) return undefined
  const { authority, graph } = (await ground.place()).endpoints
  return { authority, graph, tenant: token.tenantId, clientId }
}
