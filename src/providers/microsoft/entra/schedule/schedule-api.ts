import type { Instance } from './schedule-instance.ts'
import {
  readGroupInstance,
  readRoleInstance,
  type GroupInstance,
  type RoleInstance,
} from '../wire.ts'

/** One of the two places where Graph keeps schedules. They speak the same language. */
export interface Surface<Row extends Instance = Instance> {
  /** For people, in errors. */
  readonly name: string
  readonly eligible: string
  readonly active: string
  readonly requests: string
  /** The stages of an approval, in the one place or the other where Graph may have them. */
  readonly stagesOf: (approvalId: string) => readonly string[]
  /** What is asked for along with a list of requests. */
  readonly requestQuery: string
  /** What is asked for along with a list of instances. */
  readonly query: string
  /** Throws where a row lacks what cannot be done without. */
  readonly readInstance: (row: unknown) => Row
}

const directory = '/v1.0/roleManagement/directory'
const privilegedGroup = '/v1.0/identityGovernance/privilegedAccess/group'

export const directoryRoles: Surface<RoleInstance> = {
  name: 'Entra directory roles',
  eligible: `${directory}/roleEligibilityScheduleInstances`,
  active: `${directory}/roleAssignmentScheduleInstances`,
  requests: `${directory}/roleAssignmentScheduleRequests`,
  // Version 1.0 has no decisions on directory roles yet.
  stagesOf: (id) => [`/beta/roleManagement/directory/roleAssignmentApprovals/${id}/steps`],
  requestQuery: '$expand=principal,roleDefinition',
  query: '?$expand=roleDefinition',
  readInstance: readRoleInstance,
}

export const groups: Surface<GroupInstance> = {
  name: 'PIM for Groups',
  eligible: `${privilegedGroup}/eligibilityScheduleInstances`,
  active: `${privilegedGroup}/assignmentScheduleInstances`,
  requests: `${privilegedGroup}/assignmentScheduleRequests`,
  stagesOf: (id) => [
    `${privilegedGroup}/assignmentApprovals/${id}/stages`,
    `/beta/identityGovernance/privilegedAccess/group/assignmentApprovals/${id}/steps`,
  ],
  requestQuery: '$expand=principal',
  // Expanding the group is unreliable here; names are looked up apart.
  query: '',
  readInstance: readGroupInstance,
}
