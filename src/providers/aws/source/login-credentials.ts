import { fromLoginCredentials } from '@aws-sdk/credential-provider-login'
import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { externalDataInterceptor } from '@smithy/core/config'
import { clientOptions } from '../http/client-options.ts'
import type { Profile } from '../config/shared-config.ts'
import type { Start } from './start.ts'

type CredentialProvider = Extract<NonNullable<STSClientConfig['credentials']>, () => unknown>

const name = 'pim'
const config = 'the profile that pim read'
const credentials = 'no credentials file'

/** What `aws login` left behind for a profile, renewed where that is due. */
export function loginCredentials(
  { login_session: session = '', region }: Profile,
  { calls, region: usual }: Pick<Start, 'calls' | 'region'>,
  requestHandler: NodeHttpHandler,
): CredentialProvider {
  // The SDK takes a profile from a file only, and reads names by rules of its own.
  externalDataInterceptor.interceptFile(config, `[profile ${name}]\nlogin_session = ${session}\n`)
  externalDataInterceptor.interceptFile(credentials, '')
  const place = { service: 'signin', region: region || usual, calls, requestHandler } as const
  return fromLoginCredentials({
    profile: name,
    configFilepath: config,
    filepath: credentials,
    ignoreCache: true,
    clientConfig: clientOptions(place),
  })
}
