import { PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { systemWords } from '../../../core/system-error.ts'
import {
  isCertificateFault,
  networkHint,
  strangerHint,
  wasNeverSent,
  type Route,
} from '../../../core/http/route.ts'

/** The variables that name other endpoints of Microsoft. */
export const endpointVariables = [
  'AZURE_AUTHORITY_HOST',
  'PIM_AZURE_RESOURCE_MANAGER_ENDPOINT',
  'PIM_GRAPH_ENDPOINT',
] as const

/** Something else than Microsoft answered. */
export function strangerError(route: Route): PimError {
  return new PimError(
    'unavailable',
    'unreadable-answer',
    'the answer did not come from Microsoft',
    { hint: strangerHint(route, 'Microsoft') },
  )
}

export function hugeAnswer(host: string, largest: number, route: Route): PimError {
  const size = `${Math.round((largest / 1024 / 1024) * 10) / 10} MiB`
  return new PimError('unavailable', 'huge-answer', `${host} sent an answer of more than ${size}`, {
    hint: strangerHint(route, 'Microsoft'),
  })
}

export function lateAnswer(host: string, limitMs: number, route: Route): PimError {
  const message = `${host} did not finish its answer within ${limitMs / 1000} s`
  return new PimError('unavailable', 'no-answer', message, { hint: networkHint(route) })
}

/** The pipeline's own error is left behind: it holds the request, and with it the token. */
export function unreachable(host: string, why: string, route: Route): PimError {
  const isForeign = isCertificateFault(why)
  return new PimError(
    'unavailable',
    wasNeverSent(why) ? 'provider-unreachable' : 'no-answer',
    `cannot reach ${host}: ${printable(systemWords(why))}`,
    {
      hint: isForeign
        ? 'name the file of the CA that signed it in NODE_EXTRA_CA_CERTS'
        : networkHint(route),
      cause: new Error(why),
    },
  )
}
