import { exchange, group, me, request, role, scheduleInfo } from './graph-exchange.ts'
import type { Exchange } from './graph-exchange.ts'

const groups = '/v1.0/identityGovernance/privilegedAccess/group'

/** PIM for Groups, and the names of groups. */
export const groupExchanges: readonly Exchange[] = [
  exchange('what one is eligible for among groups', {
    url: `${groups}/eligibilityScheduleInstances/filterByCurrentUser(on='principal')`,
    given: {
      value: [
        {
          id: `${group}_member_x`,
          accessId: 'member',
          principalId: me,
          groupId: group,
          memberType: 'direct',
        },
      ],
    },
  }),
  exchange('an activation of a group', {
    method: 'POST',
    url: `${groups}/assignmentScheduleRequests`,
    sent: {
      accessId: 'owner',
      principalId: me,
      groupId: group,
      action: 'selfActivate',
      scheduleInfo,
      justification: 'on call',
      ticketInfo: { ticketNumber: '42' },
    },
    status: 201,
    given: {
      id: request,
      status: 'Provisioned',
      accessId: 'owner',
      targetScheduleId: `${group}_owner_x`,
    },
  }),
  exchange('names of groups', {
    url: `/v1.0/groups?$filter=id in ('${group}','${role}')&$select=id,displayName`,
    given: { value: [{ id: group, displayName: 'sec-ops' }] },
  }),
  exchange('names of anything', {
    method: 'POST',
    url: '/v1.0/directoryObjects/getByIds',
    sent: { ids: [group], types: ['group'] },
    given: {
      value: [{ '@odata.type': '#microsoft.graph.group', id: group, displayName: 'sec-ops' }],
    },
  }),
  exchange('the stages of a group approval', {
    url: `${groups}/assignmentApprovals/${request}/stages`,
    given: {
      value: [
        {
          id: 'st',
          assignedToMe: true,
          status: 'InProgress',
          reviewResult: 'NotReviewed',
          reviewedBy: null,
        },
      ],
    },
  }),
  exchange('a decision about a group', {
    method: 'PATCH',
    url: `${groups}/assignmentApprovals/${request}/stages/st`,
    sent: { reviewResult: 'Approve', justification: 'fine' },
    status: 204,
  }),
  exchange('a refusal', {
    method: 'POST',
    url: `${groups}/assignmentScheduleRequests`,
    sent: { accessId: 'member', principalId: me, groupId: group, action: 'selfDeactivate' },
    status: 404,
    given: {
      error: {
        code: 'RoleAssignmentDoesNotExist',
        message: 'The Role assignment does not exist.',
        innerError: {
          date: '2026-03-01T12:00:00',
          'request-id': request,
          'client-request-id': request,
        },
      },
    },
  }),
]
