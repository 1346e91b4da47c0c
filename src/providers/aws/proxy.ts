import type { Agent } from 'node:http'

type Environment = Readonly<Record<string, string | undefined>>

/** An agent for the proxy that `HTTPS_PROXY` names, unless `NO_PROXY` spares this host of AWS. The SDK reads neither. */
export async function proxyAgent(env: Environment, host: string): Promise<Agent | undefined> {
  if ((env.HTTPS_PROXY ?? env.https_proxy ?? env.ALL_PROXY ?? env.all_proxy) === undefined)
    return undefined
  const [{ getProxyForUrl }, { HttpsProxyAgent }] = await Promise.all([
    import('proxy-from-env'),
    import('https-proxy-agent'),
  ])
  const proxy = getProxyForUrl(`https://${host}`)
  return proxy === '' ? undefined : new HttpsProxyAgent(proxy)
}
