import { PimError } from '../../../core/errors.ts'
import { systemCode, systemReason, systemWords } from '../../../core/system-error.ts'
import { later } from '../errors/sts-error-codes.ts'

/** An endpoint of the container or the machine, as the error names it. */
interface CredentialEndpoint {
  readonly name: string
  /** What to check where it cannot be reached. */
  readonly hint: string
}

export const containerEndpoint: CredentialEndpoint = {
  name: "the container's endpoint",
  hint: 'check AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
}

export const metadataService: CredentialEndpoint = {
  name: "this machine's metadata service",
  hint: 'check the network and AWS_EC2_METADATA_SERVICE_ENDPOINT',
}

/**
 * What asking an endpoint for credentials threw, where it says nothing about credentials: the endpoint was not
 * reached, failed, or answered nonsense. Undefined for every other error. The SDK keeps the words of the error
 * below it, a status, or the parser's error, and nothing else of it (measured, `credential-provider-http` 3.972
 * and `credential-provider-imds` 4.5).
 */
export function endpointError(
  thrown: unknown,
  { name, hint }: CredentialEndpoint,
): PimError | undefined {
  if (!(thrown instanceof Error)) return undefined
  const unavailable = (code: string, why: string, advice: string): PimError =>
    new PimError('unavailable', code, `could not get credentials from ${name}: ${why}`, {
      hint: advice,
    })
  const status = statusOf(thrown)
  if (status !== undefined && status >= 500) {
    return unavailable('provider-failing', `it answered ${status}`, later())
  }
  if (thrown.name === 'SyntaxError') {
    return unavailable('unreadable-answer', 'its answer cannot be read', hint)
  }
  if (thrown.name === 'TimeoutError') {
    return unavailable('provider-unreachable', 'no answer came in time', hint)
  }
  const reason =
    systemCode(thrown) === undefined ? systemWords(thrown.message) : systemReason(thrown)
  if (reason === thrown.message) return undefined
  return unavailable('provider-unreachable', reason, hint)
}

function statusOf(thrown: Error): number | undefined {
  if ('statusCode' in thrown && typeof thrown.statusCode === 'number') return thrown.statusCode
  const [, status] = /^Server responded with status: (\d{3})$/.exec(thrown.message) ?? []
  return status === undefined ? undefined : Number(status)
}
