import { PimError } from '../../../core/errors.ts'
import { networkHint, type Route } from '../../../core/http/route.ts'
import { lastRoute, type RoutedClient } from './http.ts'
import type { Service } from '../errors/service-errors.ts'

const wholeCallMs = 60_000

/** The SDK limits the time to an answer's first byte; this one, to its last. Throws `provider-too-slow`. */
export async function withinLimit<T>(
  signal: AbortSignal,
  { service, client }: { readonly service: Service; readonly client: RoutedClient },
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const ended = new AbortController()
  const over = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    over.reject(tooSlow(service, lastRoute(client)))
    ended.abort()
  }, wholeCallMs)
  try {
    return await Promise.race([send(AbortSignal.any([signal, ended.signal])), over.promise])
  } finally {
    clearTimeout(timer)
  }
}

function tooSlow({ name }: Service, route: Route): PimError {
  return new PimError(
    'unavailable',
    'provider-too-slow',
    `${name} did not finish its answer within ${wholeCallMs / 1000} s`,
    { hint: `${networkHint(route)}, and try again` },
  )
}
