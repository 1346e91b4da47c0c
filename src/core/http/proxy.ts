import ipaddr from 'ipaddr.js'
import { Secret } from '../credentials.ts'
import { PimError } from '../errors.ts'
import { isLoopback } from './loopback.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The HTTP proxy that a request goes through. */
export interface Proxy {
  /** As a URL, with the user and the password that the variable holds. */
  readonly url: Secret
  /** The same without them: what may be printed. */
  readonly name: string
  /** The variable that names it. */
  readonly variable: string
}

/** Lower case first, as in curl and in Python, on which the AWS CLI and the Azure CLI run. */
const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const

/**
 * The proxy for an address; undefined where it is called directly. The one rule for all that pim sends.
 * Plain http goes to this machine and to the metadata addresses of AWS only, which no proxy can reach.
 * Throws `usage` (`invalid-proxy`), naming the variable and never its value.
 */
export function proxyFor(address: string, env: Environment): Proxy | undefined {
  const { protocol, hostname, port } = new URL(address)
  if (protocol !== 'https:' || isLoopback(hostname)) return undefined
  const variable = variables.find((name) => isSet(env[name]))
  if (variable === undefined) return undefined
  const excluded = [env.no_proxy, env.NO_PROXY].find(isSet) ?? ''
  if (isExcluded(plain(hostname), port === '' ? '443' : port, excluded)) return undefined
  return readProxy(variable, (env[variable] ?? '').trim())
}

/** How an error names a proxy. */
export function proxyWords({ name, variable }: Proxy): string {
  return `the proxy ${name} (${variable})`
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ''
}

function readProxy(variable: string, text: string): Proxy {
  const url = URL.parse(/^[a-z][a-z\d+.-]*:\//i.test(text) ? text : `http://${text}`)
  if (url === null || !hostForm.test(url.hostname)) throw invalidProxy(variable)
  // An unencoded `/`, `?` or `#` of a password ends the host early: it would be the user.
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) throw invalidProxy(variable)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalidProxy(variable, 'is no HTTP proxy')
  }
  const { protocol, host, href } = url
  return { url: new Secret(href), name: `${protocol}//${host}`, variable }
}

/** A URL takes more, such as quotes that were left around it. */
const hostForm = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i

function invalidProxy(
  variable: string,
  why = 'cannot be read as the address of a proxy',
): PimError {
  return new PimError('usage', 'invalid-proxy', `the value of ${variable} ${why}`, {
    hint: `set ${variable}=http://host:port, or list hosts without a proxy in NO_PROXY`,
  })
}

function isExcluded(host: string, port: string, list: string): boolean {
  const address = addressIn(host)
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, { host, address, port }))
}

interface Called {
  readonly host: string
  readonly address: Address | undefined
  readonly port: string
}

type Address = ReturnType<typeof ipaddr.process>

function matches(entry: string, { host, address, port }: Called): boolean {
  const network = networkIn(entry)
  if (network !== undefined) return address !== undefined && isWithin(address, network)
  const { name, port: wanted } = splitPort(entry)
  if (wanted !== undefined && wanted !== port) return false
  if (address !== undefined) return addressIn(name)?.toString() === address.toString()
  const domain = plain(URL.parse(`http://${name.replace(/^\*?\.+/, '')}`)?.hostname ?? '')
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`))
}

/** `host:443`, `[::1]:443`; an IPv6 address without brackets has no port. */
function splitPort(entry: string): { readonly name: string; readonly port?: string } {
  const [, name, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? []
  return name === undefined || port === undefined ? { name: entry } : { name, port }
}

type Network = ReturnType<typeof ipaddr.parseCIDR>

function networkIn(entry: string): Network | undefined {
  return ipaddr.IPv4.isValidCIDRFourPartDecimal(entry) || ipaddr.IPv6.isValidCIDR(entry)
    ? ipaddr.parseCIDR(entry)
    : undefined
}

function isWithin(address: Address, [network, bits]: Network): boolean {
  return address.kind() === network.kind() && address.match([network, bits])
}

/** An address that is written as one; names are not looked up. */
function addressIn(host: string): Address | undefined {
  const text = host.replace(/^\[|\]$/g, '')
  const isAddress = ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)
  return isAddress ? ipaddr.process(text) : undefined
}

/** A name that ends in a dot is the same without it. */
function plain(hostname: string): string {
  return hostname.replace(/\.$/, '')
}
