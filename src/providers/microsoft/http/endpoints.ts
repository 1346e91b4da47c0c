import { PimError } from '../../../core/errors.ts'
import { isLoopback } from '../../../core/http/loopback.ts'
import { printable } from '../../../core/printable.ts'
import type { AzureCloud, AzureSettings } from '../../../core/settings/settings.ts'
import type { Resource } from './client.ts'
import { graphScopes } from './permissions.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Where Microsoft is: base addresses without a slash at the end. */
export interface MicrosoftEndpoints {
  readonly authority: string
  readonly arm: string
  readonly graph: string
}

const clouds: Readonly<Record<AzureCloud, MicrosoftEndpoints>> = {
  public: {
    authority: 'https://login.microsoftonline.com',
    arm: 'https://management.azure.com',
    graph: 'https://graph.microsoft.com',
  },
  usgov: {
    authority: 'https://login.microsoftonline.us',
    arm: 'https://management.usgovcloudapi.net',
    graph: 'https://graph.microsoft.us',
  },
  china: {
    authority: 'https://login.partner.microsoftonline.cn',
    arm: 'https://management.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
  },
}

/**
 * The endpoints that the environment names, and otherwise those of the configured cloud. Throws
 * `usage`: `invalid-endpoint`, or `insecure-endpoint` where a token would travel in the clear.
 */
export function endpointsOf(
  env: Environment,
  azure: AzureSettings | undefined,
): MicrosoftEndpoints {
  const cloud = clouds[azure?.cloud ?? 'public']
  return {
    // The library that signs people in takes no plain http, not even on loopback addresses.
    authority: endpoint('AZURE_AUTHORITY_HOST', env, cloud.authority, 'https only'),
    arm: endpoint('PIM_AZURE_RESOURCE_MANAGER_ENDPOINT', env, cloud.arm, 'http on loopback'),
    graph: endpoint('PIM_GRAPH_ENDPOINT', env, cloud.graph, 'http on loopback'),
  }
}

function endpoint(
  name: string,
  env: Environment,
  usual: string,
  allowed: 'https only' | 'http on loopback',
): string {
  const text = env[name]
  if (text === undefined || text === '') return usual
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url === null || !isWeb || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new PimError('usage', 'invalid-endpoint', `${name} is no endpoint`, {
      hint: `write it as in ${usual}`,
    })
  }
  const isClear = url.protocol === 'http:'
  if (isClear && (allowed === 'https only' || !isLoopback(url.hostname))) {
    throw new PimError(
      'usage',
      'insecure-endpoint',
      `${name} would have tokens sent to ${printable(url.host)} in the clear`,
      {
        hint:
          allowed === 'https only'
            ? 'use https'
            : 'use https; plain http is for loopback addresses only',
      },
    )
  }
  const alias = aliases[url.hostname]
  return alias ?? `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** Older names of the authorities, in whose place the library talks to the newer ones. */
const aliases: Readonly<Record<string, string>> = {
  'login.windows.net': clouds.public.authority,
  'login.microsoft.com': clouds.public.authority,
  'login.chinacloudapi.cn': clouds.china.authority,
  'login.usgovcloudapi.net': clouds.usgov.authority,
}

/** What a person's token is asked for. */
export function scopesFor(resource: Resource, endpoints: MicrosoftEndpoints): readonly string[] {
  if (resource === 'arm') return everything('arm', endpoints)
  return graphScopes.map(({ name }) => `${endpoints.graph}/${name}`)
}

/** Whatever the asking application has been granted: all that a workload can ask for. */
export function everything(resource: Resource, endpoints: MicrosoftEndpoints): readonly string[] {
  return [`${endpoints[resource]}/.default`]
}

/**
 * Where a path, or a link that an answer gave, leads. Throws `unavailable` (`foreign-link`) where
 * that is not below the endpoint: a token goes nowhere else.
 */
export function addressOf(path: string, base: string): string {
  if (path.startsWith('/') && !path.startsWith('//')) return `${base}${path}`
  const url = URL.parse(path)
  if (url !== null && `${url.origin}${url.pathname}`.startsWith(`${base}/`)) return url.href
  throw new PimError(
    'unavailable',
    'foreign-link',
    'the next page of the list is at another host',
    {
      hint: 'check for a proxy or firewall between this machine and Microsoft',
    },
  )
}
