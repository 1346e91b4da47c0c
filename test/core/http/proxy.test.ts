import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { proxyFor, proxyWords } from '../../../src/core/http/proxy.ts'

const sts = 'https://sts.us-east-1.amazonaws.com/'
const proxy = 'http://proxy.example:3128'

function found(address: string, env: Record<string, string>): string | undefined {
  return proxyFor(address, env)?.url.reveal()
}

function thrownBy(value: string): PimError {
  try {
    proxyFor(sts, { HTTPS_PROXY: value })
  } catch (error) {
    if (error instanceof PimError) return error
  }
  throw new Error(`${value} is taken`)
}

describe('which variable names it', () => {
  test.each([
    [{}, undefined],
    [{ HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [{ https_proxy: proxy }, 'https_proxy'],
    [{ HTTPS_PROXY: 'http://other', https_proxy: proxy }, 'https_proxy'],
    [{ HTTPS_PROXY: proxy, https_proxy: '' }, 'HTTPS_PROXY'],
    [{ HTTPS_PROXY: ' ', https_proxy: proxy }, 'https_proxy'],
    [{ ALL_PROXY: proxy }, 'ALL_PROXY'],
    [{ all_proxy: proxy, ALL_PROXY: 'http://other' }, 'all_proxy'],
    [{ ALL_PROXY: 'socks5://other', HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [{ HTTP_PROXY: proxy, http_proxy: proxy }, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
  ])('%j: %s', (env, variable) => {
    expect(proxyFor(sts, env)?.variable).toBe(variable)
    expect(found(sts, env)).toBe(variable === undefined ? undefined : `${proxy}/`)
  })
})

describe('its address', () => {
  test.each([
    ['proxy.example:3128', 'http://proxy.example:3128/', 'http://proxy.example:3128'],
    ['proxy.example', 'http://proxy.example/', 'http://proxy.example'],
    [' proxy.example:3128\n', 'http://proxy.example:3128/', 'http://proxy.example:3128'],
    ['127.0.0.1:3128', 'http://127.0.0.1:3128/', 'http://127.0.0.1:3128'],
    ['[::1]:3128', 'http://[::1]:3128/', 'http://[::1]:3128'],
    ['HTTPS://Proxy.Example', 'https://proxy.example/', 'https://proxy.example'],
    ['al:secret@proxy:1', 'http://al:secret@proxy:1/', 'http://proxy:1'],
    ['http://al%40ice:p%23w@proxy:1', 'http://al%40ice:p%23w@proxy:1/', 'http://proxy:1'],
  ])('%s', (value, url, name) => {
    const read = proxyFor(sts, { HTTPS_PROXY: value })
    expect([read?.url.reveal(), read?.name]).toEqual([url, name])
  })

  test.each([
    '"http://proxy:3128"',
    'http://',
    'http://proxy:port',
    'proxy:99999999',
    '::1',
    'http:/proxy:3128x',
    'socks5://proxy:1080',
    'file:///etc/passwd',
    'a b',
  ])('%s is refused with the name of its variable', (value) => {
    expect(thrownBy(value)).toMatchObject({ kind: 'usage', code: 'invalid-proxy' })
    expect(thrownBy(value).message).toContain('HTTPS_PROXY')
  })

  test('is not read where it is not needed', () => {
    expect(found(sts, { HTTPS_PROXY: 'http://', NO_PROXY: '*' })).toBeUndefined()
    expect(found('http://169.254.169.254/', { HTTPS_PROXY: 'http://' })).toBeUndefined()
  })

  test.each(['#', '?', '/'])('is refused where a password holds an unencoded %s', (sign) => {
    for (const password of [`${sign}secret`, `4711${sign}secret`]) {
      const error = thrownBy(`http://operator:${password}@proxy.example:3128`)
      expect(error).toMatchObject({ kind: 'usage', code: 'invalid-proxy' })
      const said = `${error.message} ${JSON.stringify(error)}`
      for (const part of ['operator', 'secret', '4711']) expect(said).not.toContain(part)
    }
  })

  test('never shows a user or a password, whatever they are', () => {
    const part = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 20 })
    fc.assert(
      fc.property(part, part, fc.boolean(), (user, password, isEncoded) => {
        const [u, p] = isEncoded ? [user, password].map(encodeURIComponent) : [user, password]
        const value = `http://${u}:${p}@proxy.example:3128`
        let said: string
        try {
          const read = proxyFor(sts, { HTTPS_PROXY: value })
          said = read === undefined ? '' : `${JSON.stringify(read)} ${proxyWords(read)}`
        } catch (error) {
          said = `${JSON.stringify(error)} ${String(error)}`
        }
        // What is a word of ours by chance is no leak.
        const ours = JSON.stringify({ proxy: proxyFor(sts, { HTTPS_PROXY: proxy }) })
        for (const secret of [user, password]) {
          expect(said.includes(secret) && !ours.includes(secret)).toBe(false)
        }
      }),
    )
  })
})

describe('what is called directly', () => {
  test.each([
    // A name, what is below it, with a dot or without.
    ['amazonaws.com', sts, true],
    ['.amazonaws.com', sts, true],
    ['*.amazonaws.com', sts, true],
    ['AmazonAWS.com', sts, true],
    ['amazonaws.com.', sts, true],
    ['sts.us-east-1.amazonaws.com', sts, true],
    ['.sts.us-east-1.amazonaws.com', sts, true],
    ['amazonaws.com', 'https://sts.amazonaws.com./', true],
    ['zonaws.com', sts, false],
    ['us-east-1', sts, false],
    ['sts', sts, false],
    ['x.sts.us-east-1.amazonaws.com', sts, false],
    ['.', sts, false],
    ['*x', sts, false],
    ['bücher.example', 'https://xn--bcher-kva.example/', true],
    // Several.
    ['localhost, amazonaws.com', sts, true],
    ['localhost amazonaws.com', sts, true],
    [',,localhost,\tamazonaws.com,', sts, true],
    ['localhost,example.com', sts, false],
    // Everything.
    ['*', sts, true],
    [' * ', sts, true],
    ['localhost,*', sts, true],
    ['', sts, false],
    // Ports.
    ['amazonaws.com:443', sts, true],
    ['amazonaws.com:8443', sts, false],
    ['.corp.example:8443', 'https://sts.corp.example:8443/', true],
    ['corp.example:8443', 'https://sts.corp.example/', false],
    ['corp.example', 'https://sts.corp.example:8443/', true],
    // Addresses.
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.1.2.3:8443', 'https://10.1.2.3:8443/', true],
    ['10.1.2.3:8443', 'https://10.1.2.3/', false],
    ['1.2.3', 'https://10.1.2.3/', false],
    ['2.3', 'https://10.1.2.3/', false],
    ['fd00::1', 'https://[fd00::1]/', true],
    ['[fd00::1]', 'https://[fd00::1]/', true],
    ['[FD00:0::1]:8443', 'https://[fd00::1]:8443/', true],
    ['[fd00::1]:8443', 'https://[fd00::1]/', false],
    ['::ffff:10.1.2.3', 'https://10.1.2.3/', true],
    // Networks.
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.9.9.9/8', 'https://10.1.2.3/', true],
    ['10.1.2.0/31', 'https://10.1.2.3/', false],
    ['10.1.2.3/32', 'https://10.1.2.3/', true],
    ['0.0.0.0/0', 'https://10.1.2.3/', true],
    ['0.0.0.0/0', 'https://[fd00::1]/', false],
    ['10.0.0.0/33', 'https://10.1.2.3/', false],
    ['10.0.0/8', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', sts, false],
    ['10.0.0.0/8', 'https://[::ffff:10.1.2.3]/', true],
    ['fd00::/8', 'https://[fd12:3456::1]/', true],
    ['fd00::/8', 'https://[fe80::1]/', false],
    ['fd00::/129', 'https://[fd00::1]/', false],
    ['::/0', 'https://10.1.2.3/', false],
  ] as const)('NO_PROXY=%s, %s: %s', (list, address, isDirect) => {
    const env = { HTTPS_PROXY: proxy }
    for (const name of ['NO_PROXY', 'no_proxy']) {
      expect(found(address, { ...env, [name]: list })).toBe(isDirect ? undefined : `${proxy}/`)
    }
  })

  test('lower case comes first, and an empty one does not count', () => {
    const env = { HTTPS_PROXY: proxy, NO_PROXY: '*' }
    expect(found(sts, { ...env, no_proxy: 'localhost' })).toBe(`${proxy}/`)
    expect(found(sts, { ...env, no_proxy: '' })).toBeUndefined()
  })

  test.each([
    'http://127.0.0.1:1/x',
    'https://localhost:1/x',
    'http://[::1]:1/x',
    'https://127.9.9.9/',
    'http://169.254.169.254/latest',
  ])('%s always is', (address) => {
    expect(found(address, { HTTPS_PROXY: proxy, ALL_PROXY: proxy })).toBeUndefined()
  })

  test('an entry spares its own domain and every host below it, and no host beside it', () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z0-9])?$/)
    const name = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'))
    fc.assert(
      fc.property(name, label, fc.constantFrom('', '.', '*.'), (domain, more, prefix) => {
        const env = { HTTPS_PROXY: proxy, NO_PROXY: `${prefix}${domain}` }
        fc.pre(domain !== 'localhost')
        expect(found(`https://${domain}/`, env)).toBeUndefined()
        expect(found(`https://${more}.${domain}/`, env)).toBeUndefined()
        expect(found(`https://${more}${domain}/`, env)).toBe(`${proxy}/`)
        expect(found(`https://${domain}.${more}x/`, env)).toBe(`${proxy}/`)
      }),
    )
  })

  test('a network spares exactly the addresses that begin with its bits', () => {
    const address = fc.integer({ min: 0, max: 2 ** 32 - 1 })
    const written = (bits: number): string =>
      [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
    const begins = (bits: number, length: number): number =>
      length === 0 ? 0 : bits >>> (32 - length)
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (host, network, length) => {
        fc.pre(host >>> 24 !== 127)
        const env = { HTTPS_PROXY: proxy, NO_PROXY: `${written(network)}/${length}` }
        const isWithin = begins(host, length) === begins(network, length)
        expect(found(`https://${written(host)}/`, env) === undefined).toBe(isWithin)
      }),
    )
  })
})
