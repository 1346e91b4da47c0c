import { interrupted, PimError } from '../../src/core/errors.ts'
import type {
  MicrosoftClient,
  MicrosoftRequest,
} from '../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../src/providers/microsoft/errors/errors.ts'
import { decodePath } from '../../sandbox/microsoft/server/request.ts'
import type { TenantPerson } from '../../sandbox/microsoft/seed/model.ts'
import { tokenFor, type ModelTenant } from './tenant.ts'

/**
 * What befalls one call. `unheard` and `unanswered` lose the question or the answer; `throttled` and
 * `failing` are answers of Microsoft's that leave nothing done.
 */
export const faults = ['none', 'unheard', 'unanswered', 'throttled', 'failing'] as const
export type Fault = (typeof faults)[number]

export interface ClientDeps {
  readonly tenant: ModelTenant
  readonly person: TenantPerson
  /** This machine's clock. */
  readonly localNow: () => Date
  /** The next fault, for each call. */
  readonly nextFault: () => Fault
  /** Called before and after each call: the process may die there. */
  readonly step: () => void
}

/** ARM or Graph of a tenant, without a network: the answers are the sandbox's own. */
export function createModelClient(
  resource: 'arm' | 'graph',
  { tenant, person, localNow, nextFault, step }: ClientDeps,
): MicrosoftClient {
  const ahead = (): number => tenant.pim.now().getTime() - localNow().getTime()
  let measured: number | undefined
  return {
    resource,
    ensureSignIn: async () => {},
    clockAheadMs: () => measured,
    send: async (request) => {
      if (request.signal.aborted) throw interrupted()
      step()
      const fault = nextFault()
      if (fault === 'unheard') throw lost()
      const refusal = refusals[fault]
      const answer = refusal ?? tenant.answer(tenantRequest(resource, request, person))
      step()
      if (fault === 'unanswered') throw lost()
      measured = ahead()
      const { status, body } = answer
      const sent = answer.headers ?? {}
      const get = (name: string): string | undefined => sent[name] ?? sent[name.toLowerCase()]
      if (status >= 300) throw toPimError({ status, body, headers: { get }, resource })
      return { status, body, clockAheadMs: measured }
    },
    identity: async () => ({
      tenantId: tenant.id,
      objectId: person.id,
      username: person.userPrincipalName,
      scopes: [],
      directoryRoles: [],
      source: 'the model',
      expiresAt: new Date(8.64e15),
    }),
  }
}

const refusals: Partial<
  Record<Fault, { status: number; body: unknown; headers: Record<string, string> }>
> = {
  throttled: {
    status: 429,
    body: { error: { code: 'TooManyRequests', message: 'too many' } },
    headers: { 'retry-after': '17' },
  },
  failing: {
    status: 503,
    body: { error: { code: 'ServiceUnavailable', message: 'unavailable' } },
    headers: {},
  },
}

function lost(): PimError {
  return new PimError('unavailable', 'no-answer', 'no answer')
}

function tenantRequest(
  surface: 'arm' | 'graph',
  { method, path, body }: MicrosoftRequest,
  person: TenantPerson,
) {
  const url = new URL(path, 'http://model')
  return {
    surface,
    method,
    path: decodePath(url.pathname),
    query: url.searchParams,
    headers: { authorization: `Bearer ${tokenFor(person, surface)}` },
    body: body === undefined ? undefined : (JSON.parse(JSON.stringify(body)) as unknown),
    origin: 'http://model',
  }
}
