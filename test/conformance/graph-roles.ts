import { exchange, me, request, role, scheduleInfo } from './graph-exchange.ts'
import type { Exchange } from './graph-exchange.ts'

const directory = '/v1.0/roleManagement/directory'

/** Directory roles: listing, activating, deciding. */
export const roleExchanges: readonly Exchange[] = [
  exchange('what one is eligible for, with names', {
    url: `${directory}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')?$expand=roleDefinition($select=id,displayName)`,
    given: {
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#whatever',
      '@odata.nextLink': 'https://graph.microsoft.com/v1.0/next?$skiptoken=x',
      value: [
        {
          id: 'i1',
          principalId: me,
          roleDefinitionId: role,
          directoryScopeId: '/',
          appScopeId: null,
          memberType: 'Direct',
          startDateTime: '2026-01-01T00:00:00Z',
          endDateTime: null,
          roleEligibilityScheduleId: 's1',
          roleDefinition: { id: role, displayName: 'User Administrator' },
        },
      ],
    },
  }),
  exchange('what is active', {
    url: `${directory}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')?$filter=assignmentType eq 'Activated'`,
    given: {
      value: [
        {
          id: 'a1',
          principalId: me,
          roleDefinitionId: role,
          directoryScopeId: '/administrativeUnits/u1',
          assignmentType: 'Activated',
          memberType: 'Direct',
          startDateTime: '2026-03-01T12:00:00Z',
          endDateTime: '2026-03-01T17:00:00Z',
        },
      ],
    },
  }),
  exchange('an activation of a directory role', {
    method: 'POST',
    url: `${directory}/roleAssignmentScheduleRequests`,
    sent: {
      action: 'selfActivate',
      principalId: me,
      roleDefinitionId: role,
      directoryScopeId: '/',
      justification: 'restart the queue',
      scheduleInfo,
      ticketInfo: { ticketNumber: '42', ticketSystem: 'OPS' },
      isValidationOnly: false,
    },
    status: 201,
    given: {
      id: request,
      status: 'Provisioned',
      createdDateTime: '2026-03-01T12:00:01.123Z',
      completedDateTime: '2026-03-01T12:00:02Z',
      approvalId: null,
      customData: null,
      action: 'selfActivate',
      principalId: me,
      roleDefinitionId: role,
      directoryScopeId: '/',
      isValidationOnly: false,
      targetScheduleId: 's2',
      justification: 'restart the queue',
      createdBy: { application: null, device: null, user: { displayName: null, id: me } },
      scheduleInfo: { ...scheduleInfo, recurrence: null },
      ticketInfo: { ticketNumber: '42', ticketSystem: 'OPS' },
    },
  }),
  exchange('a deactivation', {
    method: 'POST',
    url: `${directory}/roleAssignmentScheduleRequests`,
    sent: {
      action: 'selfDeactivate',
      principalId: me,
      roleDefinitionId: role,
      directoryScopeId: '/',
    },
    status: 201,
    given: { id: request, status: 'Revoked', action: 'selfDeactivate' },
  }),
  exchange('a request by its id', {
    url: `${directory}/roleAssignmentScheduleRequests/${request}`,
    given: { id: request, status: 'PendingApproval', approvalId: request },
  }),
  exchange('a cancellation', {
    method: 'POST',
    url: `${directory}/roleAssignmentScheduleRequests/${request}/cancel`,
    status: 204,
  }),
  exchange('what there is to approve', {
    url: `${directory}/roleAssignmentScheduleRequests/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'&$expand=principal,roleDefinition`,
    given: {
      value: [
        {
          id: request,
          status: 'PendingApproval',
          principal: {
            '@odata.type': '#microsoft.graph.user',
            id: me,
            displayName: 'Alice',
            mail: 'a@b',
          },
          roleDefinition: null,
        },
      ],
    },
  }),
  exchange('a decision about a directory role, which only beta takes', {
    method: 'PATCH',
    url: `/beta/roleManagement/directory/roleAssignmentApprovals/${request}/steps/st`,
    sent: { reviewResult: 'Deny', justification: 'not now' },
    status: 204,
  }),
]
