import { PimError } from '../../../../src/core/errors.ts'
import type {
  MicrosoftClient,
  MicrosoftRequest,
} from '../../../../src/providers/microsoft/http/client.ts'

export const never = new AbortController().signal

export const contributor = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
export const owner = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
export const prod = '/subscriptions/11111111-0000-4000-8000-000000000001'
export const dev = '/subscriptions/11111111-0000-4000-8000-000000000002'
export const corp = '/providers/Microsoft.Management/managementGroups/corp'

/** An ARM that answers as the test says, by the path without its query. */
export interface Scripted {
  readonly client: MicrosoftClient
  readonly requests: MicrosoftRequest[]
}

/** What a list or another thing answers; an error is thrown. By the end of the path, in any case. */
export type Answers = Readonly<Record<string, unknown>>

export function scripted(answers: Answers): Scripted {
  const requests: MicrosoftRequest[] = []
  return {
    requests,
    client: {
      resource: 'arm',
      send: async (request) => {
        requests.push(request)
        const path = decodeURIComponent(request.path.split('?')[0] ?? '').toLowerCase()
        const key = Object.keys(answers).find((end) => path === end.toLowerCase())
        const answer = key === undefined ? notFound : answers[key]
        if (answer instanceof Error) throw answer
        const body = Array.isArray(answer) ? { value: answer as unknown[] } : answer
        return { status: 200, body }
      },
      ensureSignIn: async () => {},
      clockAheadMs: () => 0,
      identity: async () => ({
        tenantId: 't-1',
        objectId: 'alice-id',
        username: 'alice@example.com',
        scopes: [],
        directoryRoles: [],
        source: 'test',
        expiresAt: new Date('2026-03-01T13:00:00Z'),
      }),
    },
  }
}

const notFound = refusal('NotFound', 404)

export function refusal(code: string, status: number): PimError {
  return new PimError('refused', 'refused', code, { provider: { code, status }, hint: 'none' })
}

const authorization = '/providers/Microsoft.Authorization'

export const lists = {
  eligible: `${authorization}/roleEligibilityScheduleInstances`,
  active: `${authorization}/roleAssignmentScheduleInstances`,
}

interface Entry {
  readonly scope?: unknown
  readonly roleId?: string
  readonly scopeName?: string | undefined
  readonly roleName?: string | undefined
  readonly more?: Readonly<Record<string, unknown>>
}

/** An eligibility of `payments-prod` for Contributor, unless told. */
export function eligible(entry: Entry = {}): unknown {
  const { scope = prod, roleId = contributor } = entry
  return instance(entry, {
    roleEligibilityScheduleId: `${String(scope)}${authorization}/RoleEligibilitySchedules/${roleId}-s`,
    memberType: 'Direct',
    ...entry.more,
  })
}

/** An activation of it from noon for an hour. */
export function active(entry: Entry = {}): unknown {
  return instance(entry, {
    assignmentType: 'Activated',
    startDateTime: '2026-03-01T12:00:00Z',
    endDateTime: '2026-03-01T13:00:00Z',
    roleAssignmentScheduleId: `${authorization}/RoleAssignmentSchedules/s-1`,
    ...entry.more,
  })
}

function instance(entry: Entry, more: Readonly<Record<string, unknown>>): unknown {
  const { scope = prod, roleId = contributor } = entry
  const scopeName = 'scopeName' in entry ? entry.scopeName : 'payments-prod'
  const roleName = 'roleName' in entry ? entry.roleName : 'Contributor'
  return {
    name: 'i-1',
    properties: {
      scope,
      roleDefinitionId: `${authorization}/roleDefinitions/${roleId}`,
      principalId: 'alice-id',
      expandedProperties: {
        scope: { id: scope, displayName: scopeName },
        roleDefinition: { displayName: roleName },
      },
      ...more,
    },
  }
}
