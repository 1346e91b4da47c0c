import { PimError } from '../../core/errors.ts'

/** The variables that name other endpoints of the services that pim calls, the narrowest first. */
export const endpointVariables = [
  'AWS_ENDPOINT_URL_STS',
  'AWS_ENDPOINT_URL_IAM',
  'AWS_ENDPOINT_URL_SSO',
  'AWS_ENDPOINT_URL_SSO_OIDC',
  'AWS_ENDPOINT_URL_SIGNIN',
  'AWS_ENDPOINT_URL',
] as const

/** Throws `usage` (`invalid-endpoint`): the SDK would take `localhost:4566` for a URL of the scheme `localhost`. A value is not shown: it may hold a password. */
export function assertEndpoints(env: Readonly<Record<string, string | undefined>>): void {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS?.toLowerCase() === 'true') return
  for (const name of endpointVariables) {
    const text = env[name]
    if (text === undefined || text === '' || isWebAddress(text)) continue
    throw new PimError('usage', 'invalid-endpoint', `${name} is no URL`, {
      hint: `write it as in ${name}=http://localhost:4566`,
    })
  }
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return (url?.protocol === 'https:' || url?.protocol === 'http:') && url.hostname !== ''
}
