import { expect } from 'vitest'

import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import type { TenantCall } from '../../sandbox/microsoft/server/journal.ts'
import { loadCsdl } from './csdl.ts'
import { isObject } from './exchange.ts'
import type { Checker, Problems, Unlisted } from './exchange.ts'
import { loadSwagger } from './swagger.ts'

/** What pim asks of ARM beyond the documents of Microsoft.Authorization. */
const armUnlisted: readonly Unlisted[] = [
  { method: 'GET', path: /^\/tenants$/, reason: 'belongs to Microsoft.Resources' },
  { method: 'GET', path: /^\/subscriptions\/[^/]+$/, reason: 'belongs to Microsoft.Resources' },
  {
    method: 'GET',
    path: /^\/(subscriptions\/[^/]+|providers\/.+)\/providers\/Microsoft\.Authorization\/permissions$/,
    reason: 'described for resource groups and resources, and served at every scope',
  },
  { method: 'POST', path: /^\/batch$/, reason: 'is what the portal calls, and in no document' },
]

/**
 * A decision as the schema has it. The official examples wrap it in `properties`, and so do clients
 * that are known to work; the schema that they are examples of does not.
 */
function unwrapDecision({ operation, request }: TenantCall): unknown {
  if (operation !== 'decide' || !isObject(request)) return request
  return 'properties' in request ? request['properties'] : request
}

/** Holds what went over the wire against the official descriptions. */
export interface Referee {
  /**
   * Expects that every call to ARM and Graph so far conforms, both ways, and that they were these:
   * operation and status. What is named in `wrong` was wrong on purpose; there the answer alone counts.
   */
  readonly expectConforming: (
    tenant: Pick<Tenant, 'calls'>,
    happened: readonly string[],
    wrong?: readonly string[],
  ) => void
  /** Expects that every call to ARM and Graph so far conforms, and that these operations were among them. */
  readonly expectAllConforming: (
    tenant: Pick<Tenant, 'calls'>,
    operations: readonly string[],
  ) => void
}

/** Reads the specifications once for many tenants. */
export function createReferee(specs: string): Referee {
  const checkers = { arm: loadSwagger(specs, armUnlisted), graph: loadCsdl(specs) }
  const isTheirs = (call: TenantCall): call is TenantCall & { surface: 'arm' | 'graph' } =>
    call.surface !== 'authority'
  const report = (call: TenantCall & { surface: 'arm' | 'graph' }, isWrong = false) => {
    const { request, answer } = check(checkers[call.surface], call)
    return [nameOf(call), ...(isWrong ? [] : request), ...answer]
  }
  return {
    expectConforming: ({ calls }, happened, wrong = []) => {
      const theirs = calls.filter(isTheirs)
      expect(theirs.map(nameOf)).toEqual(happened)
      const found = theirs.map((call) => report(call, wrong.includes(nameOf(call))))
      expect(found).toEqual(happened.map((name) => [name]))
    },
    expectAllConforming: ({ calls }, operations) => {
      const theirs = calls.filter(isTheirs)
      expect(theirs.map(({ operation }) => operation)).toEqual(
        expect.arrayContaining([...operations]),
      )
      expect(theirs.map((call) => report(call)).filter((found) => found.length > 1)).toEqual([])
    },
  }
}

function nameOf({ operation, status }: TenantCall): string {
  return `${operation} ${status}`
}

function check(checker: Checker, call: TenantCall): { request: Problems; answer: Problems } {
  const { method, path, query, status } = call
  const encoded = path.split('/').map(encodeURIComponent).join('/')
  const url = `${encoded}?${new URLSearchParams(query).toString()}`
  return {
    request: checker.checkRequest({ method, url, body: unwrapDecision(call) }),
    answer: checker.checkAnswer({ method, url, status, body: call.answer }),
  }
}
