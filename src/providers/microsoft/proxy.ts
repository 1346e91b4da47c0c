import { isLoopback } from '../../core/loopback.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy that the environment names for an address; undefined where there is none, where
 * NO_PROXY spares the address, and for this machine itself.
 */
export function proxyFor(address: string, env: Environment): string | undefined {
  const { hostname } = new URL(address)
  const named = env.HTTPS_PROXY || env.https_proxy || env.ALL_PROXY || env.all_proxy
  if (named === undefined || named === '' || isLoopback(hostname)) return undefined
  if (isSpared(hostname, env.NO_PROXY || env.no_proxy || '')) return undefined
  return named.includes('://') ? named : `http://${named}`
}

/** As curl reads it: a name stands for itself and for whatever is below it; `*` for everything. */
function isSpared(hostname: string, list: string): boolean {
  const names = list
    .split(',')
    .map((name) =>
      name
        .trim()
        .toLowerCase()
        .replace(/^\*?\./, '')
        .replace(/:\d+$/, ''),
    )
    .filter((name) => name !== '')
  return names.some((name) => name === '*' || hostname === name || hostname.endsWith(`.${name}`))
}
