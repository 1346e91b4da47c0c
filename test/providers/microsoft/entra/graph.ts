import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import { PimError } from '../../../../src/core/errors.ts'
import { hours } from '../../../../src/core/time/duration.ts'
import type { Attempt } from '../../../../src/core/provider.ts'
import type { Target } from '../../../../src/core/target.ts'
import type {
  MicrosoftClient,
  MicrosoftRequest,
} from '../../../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../../../src/providers/microsoft/errors/errors.ts'
import type { Asker } from '../../../../src/providers/microsoft/entra/graph-context.ts'
import { elevation, later, noon } from '../../../core/sample-elevations.ts'

export const never = new AbortController().signal

const alice = {
  tenantId: 'tenant-1',
  objectId: 'alice-1',
  username: 'alice@example.com',
  scopes: ['User.Read'],
  directoryRoles: [] as readonly string[],
  source: 'pim login azure',
  expiresAt: later(hours(1)),
}

type Answer = (request: MicrosoftRequest) => unknown

/** What Graph says, by the beginning of `METHOD path`; the first that fits answers. */
export type Answers = Readonly<Record<string, Answer>>

/** A Graph that says just this, to alice, at noon. What nobody foresaw fails the test. */
export function graph(
  answers: Answers,
  { freshRoles }: { readonly freshRoles?: readonly string[] | undefined } = { freshRoles: [] },
): { readonly asker: Asker; readonly client: MicrosoftClient; readonly sent: MicrosoftRequest[] } {
  const sent: MicrosoftRequest[] = []
  const client: MicrosoftClient = {
    resource: 'graph',
    send: async (request) => {
      sent.push(request)
      const name = `${request.method} ${request.path}`
      const [, answer] = Object.entries(answers).find(([start]) => name.startsWith(start)) ?? []
      if (answer === undefined) throw new Error(`nothing was foreseen for ${name}`)
      return { status: 200, body: answer(request) }
    },
    ensureSignIn: async () => {},
    clockAheadMs: () => 0,
    identity: async (_signal, options) =>
      options?.fresh === true ? { ...alice, directoryRoles: freshRoles } : alice,
  }
  return { asker: { client, now: () => noon, sleep: async () => undefined }, client, sent }
}

/** What Microsoft refuses, as pim understands it. */
export function refusal(status: number, code: string): Answer {
  return () => {
    const body = { error: { code, message: `Microsoft says ${code}` } }
    throw toPimError({ status, body, headers: { get: () => undefined }, resource: 'graph' })
  }
}

export const signedOut: Answer = () => {
  throw new PimError('sign-in', 'not-signed-in', 'not signed in', { hint: 'sign in' })
}

export const unreachable: Answer = () => {
  throw new PimError('unavailable', 'no-answer', 'cannot reach it', { hint: 'later' })
}

export function list(...value: readonly unknown[]): Answer {
  return () => ({ value })
}

const directory = '/v1.0/roleManagement/directory'
const inGroups = '/v1.0/identityGovernance/privilegedAccess/group'

/** Where the lists and the requests of both surfaces are. */
export const at = {
  roles: {
    eligible: `GET ${directory}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')`,
    active: `GET ${directory}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')`,
    ask: `POST ${directory}/roleAssignmentScheduleRequests`,
    request: `GET ${directory}/roleAssignmentScheduleRequests/`,
    own: `GET ${directory}/roleAssignmentScheduleRequests/filterByCurrentUser(on='principal')`,
  },
  groups: {
    eligible: `GET ${inGroups}/eligibilityScheduleInstances/filterByCurrentUser(on='principal')`,
    active: `GET ${inGroups}/assignmentScheduleInstances/filterByCurrentUser(on='principal')`,
    ask: `POST ${inGroups}/assignmentScheduleRequests`,
    request: `GET ${inGroups}/assignmentScheduleRequests/`,
    own: `GET ${inGroups}/assignmentScheduleRequests/filterByCurrentUser(on='principal')`,
  },
} as const

export const userAdministrator = 'fe930be7-5e62-47db-91af-98c3a49a38b1'
export const berlin = '/administrativeUnits/berlin-1'

/** A row of the lists of directory roles: User Administrator, everywhere, from noon until one. */
export function roleRow(differences: Readonly<Record<string, unknown>> = {}): object {
  return {
    id: 'row-1',
    principalId: alice.objectId,
    roleDefinitionId: userAdministrator,
    directoryScopeId: '/',
    appScopeId: null,
    startDateTime: '2026-03-01T12:00:00Z',
    endDateTime: '2026-03-01T13:00:00Z',
    memberType: 'Direct',
    assignmentType: 'Activated',
    roleAssignmentScheduleId: 'schedule-1',
    roleDefinition: {
      displayName: 'User Administrator',
      templateId: userAdministrator,
      isBuiltIn: true,
    },
    ...differences,
  }
}

/** A row of the lists of groups: a member of group-1, from noon until one. */
export function groupRow(differences: Readonly<Record<string, unknown>> = {}): object {
  return {
    id: 'group-1_member_row-1',
    principalId: alice.objectId,
    groupId: 'group-1',
    accessId: 'member',
    startDateTime: '2026-03-01T12:00:00Z',
    endDateTime: '2026-03-01T13:00:00Z',
    memberType: 'direct',
    assignmentType: 'activated',
    assignmentScheduleId: 'group-1_member_schedule-1',
    ...differences,
  }
}

/** A request as Graph has it. */
export function request(differences: Readonly<Record<string, unknown>> = {}): object {
  return {
    id: 'request-1',
    status: 'Provisioned',
    action: 'selfActivate',
    principalId: alice.objectId,
    roleDefinitionId: userAdministrator,
    directoryScopeId: '/',
    createdDateTime: '2026-03-01T12:00:00Z',
    justification: 'restart the queue',
    scheduleInfo: {
      startDateTime: '2026-03-01T12:00:00Z',
      expiration: { type: 'afterDuration', endDateTime: null, duration: 'PT1H' },
    },
    ...differences,
  }
}

export const roleTarget: Target = {
  provider: 'entra',
  path: 'user-administrator',
  role: 'User Administrator',
  scope: '/',
  displayNames: [],
  reference: {
    roleDefinitionId: userAdministrator,
    directoryScopeId: '/',
    tokenRoleId: userAdministrator,
  },
}

export const groupTarget: Target = {
  provider: 'group',
  path: 'sec-ops@owner',
  role: 'owner',
  scope: 'group-1',
  displayNames: [],
  reference: { groupId: 'group-1', accessId: 'owner' },
}

/** An attempt at an hour, unless told, by alice. */
export function attemptAt(target: Target, differences: Partial<Attempt['plan']> = {}): Attempt {
  return {
    plan: {
      id: 'e1',
      target,
      justification: 'restart the queue',
      asked: hours(1),
      duration: hours(1),
      mfaDevices: [],
      requestedAt: noon,
      notices: [],
      ...differences,
    },
    identity: undefined,
    actor: { user: 'alice', host: 'laptop' },
    mfaCodes: [],
    signal: never,
  }
}

/** User Administrator, activated at noon for an hour by request-1. */
export function roleElevation(differences: Partial<Elevation> = {}): Elevation {
  return elevation({
    target: 'entra:user-administrator',
    provider: 'entra',
    providerRequestId: 'request-1',
    facts: { ...roleTarget.reference, principalId: alice.objectId },
    ...differences,
  })
}

/** A place in group-1, likewise. */
export function groupElevation(accessId: string): Elevation {
  const facts = { groupId: 'group-1', accessId }
  return roleElevation({ target: 'group:sec-ops', provider: 'group', facts })
}

export function minutesBefore(count: number): Date {
  return later({ seconds: -count * 60 })
}
