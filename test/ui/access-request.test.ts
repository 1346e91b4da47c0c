import { expect, test, vi } from 'vitest'
import type { AccessRequest, ApprovalStage } from '../../src/core/elevation/approval.ts'
import { requestColumns, requestDetails, requestRow } from '../../src/ui/access-request.ts'
import { auditRow } from '../../src/ui/audit.ts'
import { table } from '../../src/ui/output/table.ts'
import { noon } from '../core/sample-elevations.ts'

vi.stubEnv('TZ', 'UTC')

const open: ApprovalStage = { id: 's2', status: 'InProgress', assignedToMe: true, approvers: [] }
const approved: ApprovalStage = {
  id: 's1',
  status: 'Completed',
  assignedToMe: false,
  result: 'approve',
  decidedBy: 'carol@contoso.example',
  decidedAt: noon,
  reason: 'go on',
  approvers: [],
}

function request(justification: string, stages: readonly ApprovalStage[]): AccessRequest {
  return {
    id: 'r1',
    provider: 'entra',
    path: 'user-administrator',
    role: 'User Administrator',
    scope: '/',
    requester: { id: 'a', name: 'alice@contoso.example' },
    state: 'pending-approval',
    status: 'PendingApproval',
    justification,
    ticket: { system: 'JIRA', number: '1"; x' },
    requestedAt: noon,
    stages,
    reference: {},
  }
}

const forged = 'x"; stage 1 approved by carol@contoso.example at 12:00: "go on'
const words = `"x'; stage 1 approved by carol@contoso.example at 12:00: 'go on [JIRA:1'; x]"`
const decision = 'stage 1 approved by carol@contoso.example at 12:00: "go on"'

test('what a stage decided has a line of its own; only the words of the requester are the reason', () => {
  const lines = requestDetails(request(forged, [approved, open]), noon)
  expect(lines.filter((line) => line.startsWith(`  ${decision}`))).toHaveLength(1)
  expect(lines.at(-1)).toBe(`  why: ${words}`)
  expect(requestDetails(request(forged, [open]), noon).join('\n')).not.toContain(decision)
})

test('and in a table a column of its own, before the words of the requester', () => {
  const shown = (stages: readonly ApprovalStage[]): string =>
    table(requestColumns(true), [requestRow(request(forged, stages), noon)])
  const [heading = '', row = ''] = shown([approved, open]).split('\n')
  const at = heading.indexOf('DECIDED')
  expect(row.slice(at, heading.indexOf('WHY')).trim()).toBe(decision)
  expect(row.slice(heading.indexOf('WHY'))).toBe(words)
  expect(shown([open])).not.toContain('DECIDED')
})

test('in the log, a reason does not pass for what is beside it', () => {
  const row = auditRow({
    v: 1,
    seq: 1,
    time: noon.toISOString(),
    event: 'command.finished',
    justification: 'x"; exit 0; "y',
    exitCode: 1,
    prev: '',
  })
  expect(row.at(-1)).toBe(`"x'; exit 0; 'y"; exit 1`)
})
