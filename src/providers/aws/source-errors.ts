import type { NodeHttpHandler } from '@smithy/node-http-handler'
import { PimError } from '../../core/errors.ts'
import type { Source } from './role-chain.ts'

/** What is known of a source while it is asked for credentials. */
export interface Asking {
  readonly source: Source
  /** How to get new source credentials. */
  readonly hint: string
  readonly requests: Requests
}

/** Whether anybody was asked through a handler, and what of ours refused to ask. */
export interface Requests {
  readonly count: () => number
  readonly refusal: () => PimError | undefined
}

/** Counts what is sent. The SDK keeps no more of an error from below it than its words. */
export function watchRequests(handler: NodeHttpHandler): Requests {
  const handle: NodeHttpHandler['handle'] = handler.handle.bind(handler)
  let count = 0
  let refusal: PimError | undefined
  handler.handle = async (request, options) => {
    count += 1
    try {
      return await handle(request, options)
    } catch (error) {
      if (error instanceof PimError) refusal = error
      throw error
    }
  }
  return { count: () => count, refusal: () => refusal }
}

/**
 * Whatever a source threw, in our own words: the SDK's repeat what was sent, answered or read on the way,
 * and every bit of that may be secret. The SDK's are taken only where nothing but the configuration was read.
 */
export function sourceError(thrown: unknown, { source, hint, requests }: Asking): PimError {
  const refused = thrown instanceof PimError ? thrown : requests.refusal()
  if (refused !== undefined) return refused
  const words = requests.count() === 0 ? configurationWords(thrown, source) : undefined
  const why = words ?? `${nothing(source)}${kindOf(thrown)}`
  return noCredentials(why, hint)
}

/** Nothing to sign with. */
export function noCredentials(why: string, hint: string): PimError {
  const message = `there are no credentials to start from: ${why}`
  return new PimError('sign-in', 'no-source-credentials', message, { hint })
}

/** A profile's own keys, Identity Center and `aws login` are asked for through our handler, and no other. */
function configurationWords(thrown: unknown, { kind }: Source): string | undefined {
  if (kind !== 'profile' && kind !== 'static') return undefined
  if (!(thrown instanceof Error) || !isProviderError(thrown)) return undefined
  return thrown.message
}

function isProviderError({ name }: Error): boolean {
  return name === 'CredentialsProviderError' || name === 'TokenProviderError'
}

function nothing(source: Source): string {
  switch (source.kind) {
    case 'web-identity':
      return 'the web identity token gave none'
    case 'default':
      return 'neither the environment, a profile, a container nor this machine gave any'
    case 'static':
    case 'profile':
      return `the sign-in of the profile \`${source.profile}\` gave none`
    case 'provided':
      return providers[source.by]
  }
}

const providers: Readonly<Record<Extract<Source, { kind: 'provided' }>['by'], string>> = {
  Environment: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not both set',
  Ec2InstanceMetadata: "this machine's metadata service gave none",
  EcsContainer: "the container's endpoint gave none",
}

/** The name of what went wrong, where it is one: the SDK puts it in front of a wrapped error's words. */
function kindOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return ''
  const [, wrapped] = /^(?:Failed to refresh token: )?([A-Z]\w{2,40}(?:Exception|Error)): /.exec(
    thrown.message,
  ) ?? [undefined, undefined]
  const name = isProviderError(thrown) ? wrapped : thrown.name
  return name !== undefined && name !== 'Error' && /^[A-Z]\w{2,50}$/.test(name) ? ` (${name})` : ''
}
