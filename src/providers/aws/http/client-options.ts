import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { CallSettings, ServiceName } from './call-settings.ts'

/** How to call one service of AWS. */
export interface ClientPlace {
  readonly service: ServiceName
  readonly region: string
  readonly calls: CallSettings
  readonly requestHandler: NodeHttpHandler
}

interface ClientOptions {
  readonly region: string
  readonly requestHandler: NodeHttpHandler
  readonly maxAttempts: number
  readonly retryMode: string
  readonly defaultsMode: 'legacy'
  readonly useFipsEndpoint: boolean
  readonly useDualstackEndpoint: boolean
  readonly ignoreConfiguredEndpointUrls: boolean
  readonly authSchemePreference: () => Promise<string[]>
  readonly userAgentAppId: () => Promise<undefined>
  readonly credentialDefaultProvider: () => () => Promise<never>
  readonly endpoint?: string
}

const attempts = 3

/**
 * What every client of the SDK is given, so that it asks neither the environment nor the shared files for
 * anything itself: it would read them by other rules, those of another profile, and could take a role unseen.
 * Throttling and server errors are tried three times in all.
 */
export function clientOptions({
  service,
  region,
  calls,
  requestHandler,
}: ClientPlace): ClientOptions {
  const endpoint = calls.endpointOf(service)
  return {
    region,
    requestHandler,
    maxAttempts: attempts,
    retryMode: 'standard',
    defaultsMode: 'legacy',
    useFipsEndpoint: calls.useFips,
    useDualstackEndpoint: calls.useDualstack,
    ignoreConfiguredEndpointUrls: true,
    authSchemePreference: async () => [],
    userAgentAppId: async () => undefined,
    credentialDefaultProvider: () => async () => {
      throw new Error('pim finds credentials itself')
    },
    ...(endpoint !== undefined && { endpoint }),
  }
}
