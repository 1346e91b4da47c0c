import { randomUUID } from 'node:crypto'

import {
  sandboxPolicy,
  tenantAlice,
  tenantBob,
  tenantEligibilities,
} from '../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../sandbox/microsoft/seed/model.ts'
import { authorization, version } from './arm/calls.ts'
import type { Calls, Json, Reply } from './fixture.ts'

/** A request for an activation, as far as a test has to know it. */
interface Asked {
  readonly id: string
  readonly status: string
  readonly startDateTime: string
  readonly scope: string
}

/** One of the three places where PIM lets people approve, all spoken to alike. */
export interface Approving {
  /** Bob alone approves; bob and then somebody else; alice approves what bob asks for. */
  readonly once: Eligibility
  readonly twice: Eligibility
  readonly ofBob: Eligibility
  readonly ask: (who: Calls, one: Eligibility, startsAt?: string) => Promise<Asked>
  readonly read: (who: Calls, asked: Asked) => Promise<Asked>
  readonly cancel: (who: Calls, asked: Asked) => Promise<Reply>
  /** The ids of the requests that wait for somebody. */
  readonly toApprove: (who: Calls) => Promise<readonly string[]>
  /** When what somebody has activated ends. */
  readonly active: (who: Calls) => Promise<readonly string[]>
  readonly stages: (who: Calls, id: string) => Promise<readonly Json[]>
  readonly decide: (who: Calls, ids: StageIds, verdict: object) => Promise<Reply>
}

interface StageIds {
  readonly id: string
  readonly stage?: string
}

export const yes = { reviewResult: 'Approve', justification: 'go ahead' }
export const no = { reviewResult: 'Deny', justification: 'not today' }

const preview = 'api-version=2021-01-01-preview'
const approvals = `${authorization}/roleAssignmentApprovals`

function scheduleInfo(type: string, startDateTime: string | undefined): object {
  const expiration = { type, duration: 'PT1H' }
  return { expiration, ...(startDateTime !== undefined && { startDateTime }) }
}

const inArm = (body: Json): Asked => ({
  id: body.name,
  status: body.properties.status,
  startDateTime: body.properties.scheduleInfo.startDateTime,
  scope: body.properties.scope,
})

const azure: Approving = {
  once: tenantEligibilities.devContributor,
  twice: tenantEligibilities.prodQueueOperator,
  ofBob: tenantEligibilities.bobProdOwner,
  async ask({ arm }, { scope, roleId, principalId }, startsAt) {
    const path = `${scope}${authorization}/roleAssignmentScheduleRequests/${randomUUID()}`
    const properties = {
      principalId,
      roleDefinitionId: `${authorization}/roleDefinitions/${roleId}`,
      requestType: 'SelfActivate',
      justification: 'restart the queue',
      scheduleInfo: scheduleInfo('AfterDuration', startsAt),
    }
    return inArm((await arm(`PUT ${path}?${version}`, { body: { properties } })).body)
  },
  async read({ arm }, { scope, id }) {
    const path = `${scope}${authorization}/roleAssignmentScheduleRequests/${id}?${version}`
    return inArm((await arm(path)).body)
  },
  cancel: ({ arm }, { scope, id }) =>
    arm(`POST ${scope}${authorization}/roleAssignmentScheduleRequests/${id}/cancel?${version}`),
  async toApprove({ arm }) {
    const filter = '$filter=asApprover()'
    const { body } = await arm(
      `${authorization}/roleAssignmentScheduleRequests?${version}&${filter}`,
    )
    return body.value.map(({ name }: Json) => name)
  },
  async active({ arm }) {
    const filter = '$filter=asTarget()'
    const { body } = await arm(
      `${authorization}/roleAssignmentScheduleInstances?${version}&${filter}`,
    )
    return endsOf(body.value.map(({ properties }: Json) => properties))
  },
  async stages({ arm }, id) {
    const { body } = await arm(`${approvals}/${id}/stages?${preview}`)
    return body.value.map(({ name, properties }: Json) => ({
      id: name,
      ...properties,
      reviewedBy: properties.reviewedBy && { id: properties.reviewedBy.principalId },
    }))
  },
  decide: ({ arm }, { id, stage = id }, properties) =>
    arm(`PATCH ${approvals}/${id}/stages/${stage}?${preview}`, { body: { properties } }),
}

interface GraphPlace {
  readonly path: string
  readonly approvals: string
  readonly instances: string
  readonly version: 'graph' | 'beta'
  readonly segment: 'stages' | 'steps'
  readonly place: (one: Eligibility) => object
}

function inGraph(at: GraphPlace): Omit<Approving, 'once' | 'twice' | 'ofBob'> {
  return {
    async ask({ graph }, one, startsAt) {
      const { body } = await graph(`POST ${at.path}`, {
        body: {
          action: 'selfActivate',
          principalId: one.principalId,
          ...at.place(one),
          justification: 'an incident',
          scheduleInfo: scheduleInfo('afterDuration', startsAt),
        },
      })
      return fromGraph(body)
    },
    read: async ({ graph }, { id }) => fromGraph((await graph(`${at.path}/${id}`)).body),
    cancel: ({ graph }, { id }) => graph(`POST ${at.path}/${id}/cancel`),
    async toApprove({ graph }) {
      const filter = "$filter=status eq 'PendingApproval'"
      const { body } = await graph(`${at.path}/filterByCurrentUser(on='approver')?${filter}`)
      return body.value.map(({ id }: Json) => id)
    },
    async active({ graph }) {
      const { body } = await graph(`${at.instances}/filterByCurrentUser(on='principal')`)
      return endsOf(body.value)
    },
    async stages(who, id) {
      const { body } = await who[at.version](`${at.approvals}/${id}/${at.segment}`)
      return body.value
    },
    decide: (who, { id, stage = id }, body) =>
      who[at.version](`PATCH ${at.approvals}/${id}/${at.segment}/${stage}`, { body }),
  }
}

const fromGraph = ({ id, status, scheduleInfo: { startDateTime } }: Json): Asked => ({
  id,
  status,
  startDateTime,
  scope: '',
})

const endsOf = (instances: readonly Json[]): readonly string[] =>
  instances
    .filter(({ assignmentType }) => /^activated$/i.test(assignmentType))
    .map(({ endDateTime }) => endDateTime)

const directory = '/roleManagement/directory'
const groups = '/identityGovernance/privilegedAccess/group'

/** Alice may activate it, and bob approves; the seed's own such role demands more. */
export const aliceApplicationAdministrator: Eligibility = {
  ...tenantEligibilities.bobApplicationAdministrator,
  principalId: tenantAlice.id,
  policy: sandboxPolicy({ approvalStages: [[tenantBob.id]] }),
}

export const everywhere: readonly (readonly [name: string, approving: Approving])[] = [
  ['Azure resource roles', azure],
  [
    'directory roles',
    {
      once: aliceApplicationAdministrator,
      twice: tenantEligibilities.conditionalAccessAdministrator,
      ofBob: tenantEligibilities.bobApplicationAdministrator,
      ...inGraph({
        path: `${directory}/roleAssignmentScheduleRequests`,
        approvals: `${directory}/roleAssignmentApprovals`,
        instances: `${directory}/roleAssignmentScheduleInstances`,
        version: 'beta',
        segment: 'steps',
        place: ({ roleId, scope }) => ({ roleDefinitionId: roleId, directoryScopeId: scope }),
      }),
    },
  ],
  [
    'groups',
    {
      once: tenantEligibilities.secOpsOwner,
      twice: tenantEligibilities.vaultKeepersMember,
      ofBob: tenantEligibilities.bobDbAdminsOwner,
      ...inGraph({
        path: `${groups}/assignmentScheduleRequests`,
        approvals: `${groups}/assignmentApprovals`,
        instances: `${groups}/assignmentScheduleInstances`,
        version: 'graph',
        segment: 'stages',
        place: ({ roleId, scope }) => ({ accessId: roleId, groupId: scope }),
      }),
    },
  ],
]
