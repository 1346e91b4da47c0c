import type { AccessRequest, Approvals } from '../../../src/core/elevation/approval.ts'
import { hours, noon } from '../../core/sample-elevations.ts'

/** Alice asks to become a member of sec-ops; bob or carol decides. */
export function requestOf(differences: Partial<AccessRequest> = {}): AccessRequest {
  return {
    id: 'r-1',
    provider: 'group',
    path: 'sec-ops',
    role: 'member',
    scope: 'g-1',
    requester: { id: 'a-1', name: 'alice' },
    state: 'pending-approval',
    status: 'PendingApproval',
    justification: 'restart the queue',
    requestedAt: noon,
    duration: hours(1),
    stages: [{ id: 's-1', status: 'InProgress', assignedToMe: true, approvers: ['bob', 'carol'] }],
    reference: { groupId: 'g-1' },
    ...differences,
  }
}

/** What a provider that has these requests does, without a cloud. */
export function approvalsOf(
  requests: readonly AccessRequest[],
  withdrawn: string[] = [],
): Approvals {
  return {
    mine: async () => requests,
    toApprove: async () => requests,
    find: async (id) => requests.find((request) => request.id === id),
    decide: async (request, { decision }) => ({
      ...request,
      state: decision === 'approve' ? 'active' : 'denied',
    }),
    withdraw: async (id) => void withdrawn.push(id),
  }
}
