import type { ErrorObject } from 'ajv'

import type { Side } from './swagger-schema.ts'

interface KnownNull {
  readonly path: string
  /** Whether it may also be sent. */
  readonly sent?: true
  /** Where no example has it, what makes us believe it. */
  readonly evidence?: string
  readonly reason: string
}

/**
 * Properties that are null although no schema calls them nullable, by the end of their path. The
 * service writes what is not set as null; the official examples do so, too, and two are also sent.
 */
export const knownNulls: readonly KnownNull[] = [
  { path: 'scheduleInfo/expiration/endDateTime', sent: true, reason: 'the end is a duration' },
  {
    path: 'scheduleInfo/expiration/duration',
    evidence: 'its counterpart, the end, is null where a duration is set',
    reason: 'the end is a time',
  },
  { path: 'endDateTime', reason: 'an instance without an end is permanent' },
  { path: 'properties/approvalId', reason: 'nobody has to approve' },
  { path: 'properties/justification', reason: 'none was given' },
  { path: 'ticketInfo/ticketNumber', reason: 'none was given' },
  { path: 'ticketInfo/ticketSystem', reason: 'none was given' },
  { path: 'targetRoleAssignmentScheduleInstanceId', reason: 'nothing is being updated' },
  { path: 'targetRoleEligibilityScheduleInstanceId', reason: 'nothing is being updated' },
  { path: 'properties/displayName', reason: 'a policy of a role has no name of its own' },
  { path: 'properties/description', reason: 'a policy of a role has no name of its own' },
  { path: 'lastModifiedBy', reason: 'nobody modified a new policy' },
  { path: 'lastModifiedBy/id', reason: 'the name is all that is kept' },
  { path: 'lastModifiedBy/type', reason: 'the name is all that is kept' },
  { path: 'lastModifiedBy/email', reason: 'the name is all that is kept' },
  { path: 'policy/lastModifiedDateTime', reason: 'nobody modified a new policy' },
  { path: 'target/targetObjects', sent: true, reason: 'the rule is for all' },
  { path: 'target/inheritableSettings', sent: true, reason: 'nothing is inherited' },
  { path: 'target/enforcedSettings', sent: true, reason: 'nothing is enforced' },
  { path: 'escalationApprovers', sent: true, reason: 'escalation is off' },
  { path: 'notificationRecipients', sent: true, reason: 'nobody but the default recipients' },
]

/** Whether a finding is only that null stands where it is known to stand. */
export function isKnownNull({ instancePath, data }: ErrorObject, side: Side): boolean {
  if (data !== null) return false
  const path = instancePath.replaceAll(/\/\d+(?=\/|$)/g, '')
  return knownNulls.some(
    (known) => path.endsWith(`/${known.path}`) && (side === 'answer' || known.sent === true),
  )
}

const wrongVersion = {
  problems: ['api-version 2022-04-01 is none of 2020-10-01'],
  reason: 'the example names the version of another document',
}
const placeholderScope = {
  problems: ['"scope" is no scope'],
  reason: 'the example writes the word instead of a scope',
}
const bodyTwice = {
  extra: ['body'],
  reason: 'the body is empty, and given again under a name that no parameter has',
}
const filterOfInstances = {
  problems: ['$filter knows no assignedTo()'],
  reason: 'the filter is described for instances and not for requests',
}

/** What is wrong with official examples, by their name. Everything else about them is clean. */
export const exampleOddities: Readonly<
  Record<string, { problems?: readonly string[]; extra?: readonly string[]; reason: string }>
> = {
  ValidateRoleAssignmentScheduleRequestByName: wrongVersion,
  ValidateRoleEligibilityScheduleRequestByName: wrongVersion,
  GetRoleAssignmentScheduleRequestByScope: filterOfInstances,
  GetRoleEligibilityScheduleRequestByScope: filterOfInstances,
  DeleteRoleDefinition: placeholderScope,
  GetRoleDefinitionByName: placeholderScope,
  GetRoleDefinitionAtScope: placeholderScope,
  PutRoleDefinition: { ...bodyTwice, ...placeholderScope },
  PatchRoleAssignmentApprovalStepById: bodyTwice,
  PutRoleAssignmentApprovalStepById: bodyTwice,
  ScopePatchRoleAssignmentApprovalStepById: bodyTwice,
  ScopePutRoleAssignmentApprovalStepById: bodyTwice,
}

/** Examples that no operation of `paths` refers to. */
export const strayExamples = {
  GetRoleDefinitionById: 'its path is the whole id, which makes it the URL of RoleDefinitions_Get',
}
