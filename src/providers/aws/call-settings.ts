import { PimError } from '../../core/errors.ts'
import { nestedEntries } from './ini.ts'
import type { CaBundle } from './ca-bundle.ts'
import type { Profile, SharedConfig } from './shared-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The services that pim calls, by the names that settings know them under. */
export type ServiceName = 'sts' | 'iam' | 'sso' | 'sso_oidc' | 'signin'

/** How the AWS CLI would call a service under one profile. */
export interface CallSettings {
  readonly useFips: boolean
  readonly useDualstack: boolean
  /** Whether STS is asked at the one endpoint that it had before there were regions. */
  readonly useGlobalSts: boolean
  /** Whom to trust, where the profile says so. */
  readonly caBundle: CaBundle | undefined
  /** Where a service is to be asked; undefined where AWS's own rules say so. Throws `usage`. */
  readonly endpointOf: (service: ServiceName) => string | undefined
}

/** Reads them from the environment and one profile: no other profile's count, not even the default's. */
export function callSettings(
  name: string,
  config: Pick<SharedConfig, 'profiles' | 'services'>,
  env: Environment,
): CallSettings {
  const profile = config.profiles[name] ?? {}
  const useFips = isTrue(env.AWS_USE_FIPS_ENDPOINT ?? profile.use_fips_endpoint)
  const useDualstack = isTrue(env.AWS_USE_DUALSTACK_ENDPOINT ?? profile.use_dualstack_endpoint)
  const regional = env.AWS_STS_REGIONAL_ENDPOINTS ?? profile.sts_regional_endpoints
  const isIgnored = isTrue(
    env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? profile.ignore_configured_endpoint_urls,
  )
  return {
    useFips,
    useDualstack,
    caBundle: caBundleIn(name, profile),
    useGlobalSts: regional?.toLowerCase() === 'legacy',
    endpointOf: (service) => {
      const set = isIgnored ? undefined : configured(service, profile, config, env)
      if (set === undefined) return undefined
      assertUrl(set)
      if (useFips || useDualstack) throw contradiction(set, useFips)
      return set.url
    },
  }
}

function caBundleIn(name: string, { ca_bundle: path }: Profile): CaBundle | undefined {
  if (path === undefined || path === '') return undefined
  return { path, by: `the ca_bundle of the profile \`${name}\`` }
}

function isTrue(text: string | undefined): boolean {
  return text?.toLowerCase() === 'true'
}

interface Configured {
  readonly url: string
  /** What names it, for people who must change it. */
  readonly by: string
}

function configured(
  service: ServiceName,
  profile: Profile,
  { services }: Pick<SharedConfig, 'services'>,
  env: Environment,
): Configured | undefined {
  const ofService = `AWS_ENDPOINT_URL_${service.toUpperCase()}`
  const named = profile.services
  const section = named === undefined ? undefined : services[named]
  const found = [
    { by: ofService, url: env[ofService] },
    { by: 'AWS_ENDPOINT_URL', url: env.AWS_ENDPOINT_URL },
    {
      by: `the section [services ${named ?? ''}]`,
      url: nestedEntries(section?.[service] ?? '')?.get('endpoint_url'),
    },
    { by: "the profile's `endpoint_url`", url: profile.endpoint_url },
  ].find(({ url }) => (url ?? '') !== '')
  const isByProfile = found === undefined || !found.by.startsWith('AWS_')
  if (isByProfile && named !== undefined && section === undefined) throw noServices(named)
  return found?.url === undefined ? undefined : { url: found.url, by: found.by }
}

/** A value is not shown: it may hold a password. */
function assertUrl({ url, by }: Configured): void {
  const parsed = URL.parse(url)
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.hostname !== '') return
  throw new PimError('usage', 'invalid-endpoint', 'the endpoint is no URL', {
    hint: `${by} names it; write one such as http://localhost:4566`,
  })
}

function contradiction({ by }: Configured, useFips: boolean): PimError {
  const wanted = useFips ? 'use_fips_endpoint' : 'use_dualstack_endpoint'
  return new PimError(
    'usage',
    'contradicting-endpoint',
    `${wanted} and the endpoint in ${by} cannot both count`,
    {
      hint: 'remove one of the two',
    },
  )
}

function noServices(name: string): PimError {
  const message = `there is no section [services ${name}]`
  return new PimError('usage', 'unknown-services', message, {
    hint: "correct the profile's `services` in the AWS config file",
  })
}
