import { describe, expect, test } from 'vitest'
import { callSettings } from '../../../../src/providers/aws/http/call-settings.ts'

const services = { corp: { sts: '\nendpoint_url = https://sts.corp.example', iam: '\nx = y' } }
const url = 'https://of-profile.example'
const of = (profile: Record<string, string>, env: Record<string, string> = {}) =>
  callSettings('p', { profiles: { p: profile }, services }, env)

describe('the endpoint', () => {
  test.each<[string, Record<string, string>, Record<string, string>, string | undefined]>([
    ['is nobody’s', {}, {}, undefined],
    ['of the profile', { endpoint_url: url }, {}, url],
    ['of its services', { endpoint_url: url, services: 'corp' }, {}, 'https://sts.corp.example'],
    ['of the environment', { services: 'corp' }, { AWS_ENDPOINT_URL: url }, url],
    [
      'of the environment for the service',
      { services: 'corp' },
      { AWS_ENDPOINT_URL: 'https://x.example', AWS_ENDPOINT_URL_STS: url },
      url,
    ],
    ['blank', { endpoint_url: '' }, { AWS_ENDPOINT_URL: '' }, undefined],
    ['ignored', { endpoint_url: url, ignore_configured_endpoint_urls: 'TRUE' }, {}, undefined],
  ])('%s', (_, profile, env, endpoint) => {
    expect(of(profile, env).endpointOf('sts')).toBe(endpoint)
  })

  test('of another service is not taken', () => {
    expect(of({ services: 'corp', endpoint_url: url }).endpointOf('iam')).toBe(url)
    expect(of({}, { AWS_ENDPOINT_URL_STS: url }).endpointOf('sso')).toBeUndefined()
  })

  test.each(['localhost:4566', '127.0.0.1:4566', '"http://localhost:4566"', 'ftp://x', 'x'])(
    '%s is no URL, and who names it is said',
    (bad) => {
      expect(() => of({}, { AWS_ENDPOINT_URL: bad }).endpointOf('sts')).toThrow(
        expect.objectContaining({
          code: 'invalid-endpoint',
          exitCode: 2,
          hint: expect.stringMatching(/^AWS_ENDPOINT_URL names it/),
        }),
      )
    },
  )

  test('of a service that is not called, or that the profile ignores, harms nobody', () => {
    const bad = { AWS_ENDPOINT_URL_SSO: 'localhost:4566' }
    expect(of({ endpoint_url: url }, bad).endpointOf('sts')).toBe(url)
    const ignoring = { ignore_configured_endpoint_urls: 'true' }
    expect(of(ignoring, { AWS_ENDPOINT_URL: 'x' }).endpointOf('sts')).toBeUndefined()
  })

  test.each(['ftp://me:hidden@x', 'me:hidden@x:4566', 'http//me:pass@hidden@x'])(
    'does not show the password that %s holds',
    (url) => {
      const withoutIt = expect.objectContaining({ message: expect.not.stringContaining('hidden') })
      expect(() => of({ endpoint_url: url }).endpointOf('sts')).toThrow(withoutIt)
      expect(() => of({}, { AWS_ENDPOINT_URL: url }).endpointOf('sts')).toThrow(withoutIt)
    },
  )

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['a service that is not called', {}, { AWS_ENDPOINT_URL_IAM: 'localhost:4566' }],
    [
      'nobody, as a narrower one counts',
      {},
      { AWS_ENDPOINT_URL: 'localhost:4566', AWS_ENDPOINT_URL_STS: url },
    ],
    [
      'a profile that ignores it',
      { ignore_configured_endpoint_urls: 'true' },
      { AWS_ENDPOINT_URL: 'localhost:4566', AWS_ENDPOINT_URL_STS: 'x' },
    ],
    [
      'an environment that ignores it',
      { services: 'gone' },
      { AWS_ENDPOINT_URL_STS: 'x', AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' },
    ],
  ])('that is no URL does not matter to %s', (_, profile, env) => {
    expect(() => of(profile, env).endpointOf('sts')).not.toThrow()
  })

  test('the variable to ignore them comes before the profile’s key', () => {
    const ignored = { endpoint_url: url, ignore_configured_endpoint_urls: 'true' }
    const env = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }
    expect(of(ignored, env).endpointOf('sts')).toBe(url)
  })

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['the endpoint_url of the profile `p`', { endpoint_url: url }, {}],
    ['the section [services corp]', { services: 'corp', endpoint_url: 'https://x.example' }, {}],
    ['AWS_ENDPOINT_URL', { endpoint_url: 'https://x.example' }, { AWS_ENDPOINT_URL: url }],
    ['AWS_ENDPOINT_URL_STS', { endpoint_url: url }, { AWS_ENDPOINT_URL_STS: url }],
  ])('%s is named for its address alone', (by, profile, env) => {
    const { endpointOf, endpointSetting } = of(profile, env)
    expect(endpointSetting(endpointOf('sts') ?? '')).toBe(by)
    expect(endpointSetting('https://sts.amazonaws.com/')).toBeUndefined()
  })

  test('of services that are not there is an error', () => {
    expect(() => of({ services: 'gone' }).endpointOf('sts')).toThrow(/\[services gone\]/)
  })
})

test.each<[Record<string, string>, Record<string, string>, boolean, boolean]>([
  [{}, {}, false, false],
  [{ use_fips_endpoint: 'True' }, {}, true, false],
  [{ use_dualstack_endpoint: 'true' }, {}, false, true],
  [{ use_fips_endpoint: 'true' }, { AWS_USE_FIPS_ENDPOINT: 'false' }, false, false],
  [{}, { AWS_USE_FIPS_ENDPOINT: 'True', AWS_USE_DUALSTACK_ENDPOINT: 'TRUE' }, true, true],
  [{ use_fips_endpoint: 'yes' }, {}, false, false],
])('%j and %j: FIPS %s, dual-stack %s', (profile, env, useFips, useDualstack) => {
  expect(of(profile, env)).toMatchObject({ useFips, useDualstack })
})

test('FIPS and an endpoint of one’s own contradict each other', () => {
  expect(() => of({ use_fips_endpoint: 'true', endpoint_url: url }).endpointOf('sts')).toThrow(
    expect.objectContaining({ code: 'contradicting-endpoint', exitCode: 2 }),
  )
})
