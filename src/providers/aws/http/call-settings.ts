import { PimError } from '../../../core/errors.ts'
import { nestedEntries } from '../ini/ini.ts'
import { caBundleOf, type CaBundle } from './ca-bundle.ts'
import type { Profile, SharedConfig } from '../config/shared-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The services that pim calls, by the names that settings know them under. */
const services = ['sts', 'iam', 'sso', 'sso_oidc', 'signin'] as const

export type ServiceName = (typeof services)[number]

/** How the AWS CLI would call a service under one profile. */
export interface CallSettings {
  readonly useFips: boolean
  readonly useDualstack: boolean
  /** Whether STS is asked at the one endpoint that it had before there were regions. */
  readonly useGlobalSts: boolean
  /** The certificates to trust in place of Node's, where the environment or the profile names some. */
  readonly caBundle: CaBundle | undefined
  /** Where a service is to be asked; undefined where AWS's own rules say so. Throws `usage`. */
  readonly endpointOf: (service: ServiceName) => string | undefined
  /** What names the endpoint at this address, for hints; undefined where nothing does. */
  readonly endpointSetting: (address: string) => string | undefined
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
  const find = (service: ServiceName): Configured | undefined =>
    isIgnored ? undefined : configured(service, { name, profile, services: config.services }, env)
  return {
    useFips,
    useDualstack,
    caBundle: caBundleOf(env, caBundleIn(name, profile)),
    useGlobalSts: regional?.toLowerCase() === 'legacy',
    endpointOf: (service) => {
      const set = find(service)
      if (set?.by.startsWith('AWS_') !== true) assertServices(isIgnored, profile, config)
      if (set === undefined) return undefined
      assertUrl(set)
      if (useFips || useDualstack) throw contradiction(set, useFips)
      return set.url
    },
    endpointSetting: (address) => {
      const host = URL.parse(address)?.host
      const named = services.flatMap((service) => find(service) ?? [])
      return named.find(({ url }) => URL.parse(url)?.host === host)?.by
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

interface Configuration extends Pick<SharedConfig, 'services'> {
  readonly name: string
  readonly profile: Profile
}

/** In the order of botocore; a blank one counts as none. */
function configured(
  service: ServiceName,
  { name, profile, services }: Configuration,
  env: Environment,
): Configured | undefined {
  const ofService = `AWS_ENDPOINT_URL_${service.toUpperCase()}`
  const section = services[profile.services ?? '']
  const candidates = [
    { by: ofService, url: env[ofService] },
    { by: 'AWS_ENDPOINT_URL', url: env.AWS_ENDPOINT_URL },
    {
      by: `the section [services ${profile.services ?? ''}]`,
      url: nestedEntries(section?.[service] ?? '')?.get('endpoint_url'),
    },
    { by: `the endpoint_url of the profile \`${name}\``, url: profile.endpoint_url },
  ]
  return candidates.flatMap(({ by, url = '' }) => (url === '' ? [] : [{ by, url }]))[0]
}

function assertServices(
  isIgnored: boolean,
  { services: named }: Profile,
  { services }: Pick<SharedConfig, 'services'>,
): void {
  if (isIgnored || named === undefined || services[named] !== undefined) return
  throw noServices(named)
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
