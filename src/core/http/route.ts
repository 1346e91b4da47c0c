import { PimError } from '../errors.ts'
import { proxyFor, proxyWords } from './proxy.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What somebody set that decides where a request ends up: an endpoint and a proxy, each by its variable. */
export type Route = readonly string[]

/** `endpoints` are the variables that may name another endpoint for this address, the narrowest first. */
export function routeTo(address: string, env: Environment, endpoints: readonly string[]): Route {
  const host = URL.parse(address)?.host
  const endpoint = endpoints.find((name) => URL.parse(env[name] ?? '')?.host === host)
  return [...(endpoint === undefined ? [] : [endpoint]), ...proxyOnTheRoute(address, env)]
}

/** The proxy by which a request to this address goes. */
export function proxyOnTheRoute(address: string, env: Environment): Route {
  try {
    const proxy = proxyFor(address, env)
    return proxy === undefined ? [] : [proxyWords(proxy)]
  } catch (error) {
    if (error instanceof PimError) return []
    throw error
  }
}

/** What to look at where nothing, or nothing in time, came back. */
export function networkHint(route: Route): string {
  return `check ${listed(['the network', ...route])}`
}

/** What to look at where somebody else answered. */
export function strangerHint(route: Route, provider: string): string {
  if (route.length === 0) {
    return `check for a proxy or firewall between this machine and ${provider}`
  }
  return `check that ${listed(route)} ${route.length === 1 ? 'leads' : 'lead'} to ${provider}`
}

const certificateFault = /certificate|CERT_|SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/i

/** Whether a connection failed since the other side's certificate is signed by nobody who is known here. */
export function isCertificateFault(words: string): boolean {
  return certificateFault.test(words)
}

/** How a connection fails that never came about: nothing was sent over it. */
const neverConnected = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|SSL/i

/** Whether these words of an error tell that the request never left. Otherwise only its answer may be lost. */
export function wasNeverSent(words: string): boolean {
  return neverConnected.test(words) || isCertificateFault(words)
}

function listed(parts: Route): string {
  const last = parts.at(-1) ?? ''
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`
}
