import type { STSClientConfig } from '@aws-sdk/client-sts'
import type { SharedConfig } from '../config/shared-config.ts'
import type { AwsDeps } from './resolve.ts'
import type { Start } from './start.ts'

type CredentialProvider = Extract<NonNullable<STSClientConfig['credentials']>, () => unknown>
type Keys = Awaited<ReturnType<CredentialProvider>>

interface Asked {
  readonly at: number
  readonly keys: Promise<Keys>
}

/** The configuration is read anew when its files have changed, and may then give other keys. */
const caches = new WeakMap<SharedConfig, Map<string, Asked>>()

/** As long as one elevation takes, a person's second factor included. */
const longestMs = 10 * 60_000
const leewayMs = 60_000

/**
 * A source that is asked once for an elevation, however many calls sign with its keys and however many
 * targets start from it: a `credential_process` may take seconds, open a browser or ask for a touch.
 */
export function askedOnce(
  provide: CredentialProvider,
  way: Start,
  deps: Pick<AwsDeps, 'env' | 'now'>,
): CredentialProvider {
  const cache = caches.get(way.config) ?? new Map<string, Asked>()
  caches.set(way.config, cache)
  return async (properties) => {
    const key = keyOf(way, deps)
    const before = cache.get(key)
    if (before !== undefined && (await isFresh(before, deps.now()))) return before.keys
    const asked = { at: deps.now().getTime(), keys: provide(properties) }
    cache.set(key, asked)
    // A failure is for those who waited for it; whoever comes later may have signed in meanwhile.
    asked.keys.catch(() => cache.get(key) === asked && cache.delete(key))
    return asked.keys
  }
}

/** Changes with whatever may give other keys. */
function keyOf({ source }: Start, { env }: Pick<AwsDeps, 'env'>): string {
  const { AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env
  const named = [AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN]
  return JSON.stringify([source, named])
}

async function isFresh({ at, keys }: Asked, now: Date): Promise<boolean> {
  if (now.getTime() - at > longestMs) return false
  const { expiration } = await keys
  return expiration === undefined || expiration.getTime() - now.getTime() > leewayMs
}
