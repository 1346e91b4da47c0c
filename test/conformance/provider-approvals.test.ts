import { expect, test } from 'vitest'

import { after, hours } from '../../src/core/time/duration.ts'
import { found, no, noId, yes } from '../providers/approving.ts'
import { ask as askArm } from '../providers/microsoft/azure/approving.ts'
import { openRoom } from '../providers/microsoft/azure/fixture.ts'
import { ask as askGraph, surfaces } from '../providers/microsoft/entra/approving.ts'
import { elevate } from '../providers/microsoft/entra/fixture.ts'
import { never } from './graph-fixture.ts'
import { describeWithSpecs } from './specs.ts'
import { createReferee } from './tenant-calls.ts'

describeWithSpecs('where people approve, what pim sends conforms', (specs) => {
  const { expectAllConforming } = createReferee(specs)

  test.each([
    ['wrapped', { approvalBody: 'wrapped' }, 'decide'],
    ['bare', { approvalBody: 'top-level' }, 'decide'],
    ['in a batch', { approvalsOnlyByBatch: true }, 'batch'],
  ] as const)(
    'for Azure resource roles, with decisions taken %s',
    async (_, settings, operation) => {
      const { tenant, alices, bobs, id } = await askArm()
      Object.assign(tenant, settings)
      await alices.mine({ all: true }, never)
      await alices.find(noId, never)
      const [request] = await bobs.toApprove(never)
      expect(request?.id).toBe(id)
      const decided = await bobs.decide(await found(bobs, id), yes, never)
      expect(decided.state).toBe('active')
      expectAllConforming(tenant, [
        'list-requests',
        'list-requests-to-approve',
        'approval-stages',
        'policies',
        'role-definition',
        operation,
        'read-request',
      ])
    },
  )

  test('for an Azure resource role that is taken back, waiting or scheduled', async () => {
    const { tenant, alices, id, made } = await askArm()
    await alices.withdraw(id, made.facts, never)
    await alices.withdraw(id, made.facts, never)
    expectAllConforming(tenant, ['cancel', 'read-request'])
    const room = await openRoom()
    const path = 'payments-prod/Contributor'
    const later = await room.elevate(path, { start: after(room.now(), hours(1)) })
    await room.provider.approvals?.withdraw(later.providerRequestId ?? '', later.facts, never)
    expectAllConforming(room.tenant, ['activate', 'cancel'])
  })

  test.each(['roles', 'groups'] as const)('for %s', async (which) => {
    const { noun, twice, plain } = surfaces[which]
    const { tenant, alices, bobs, carols, id, now, ...room } = await askGraph(which, twice)
    await alices.mine({ all: true }, never)
    await alices.find(noId, never)
    await bobs.toApprove(never)
    await bobs.decide(await found(bobs, id), yes, never)
    await carols.decide(await found(carols, id), no, never)
    const start = after(now(), hours(1))
    const later = await elevate(plain, room[which], now(), { start })
    await alices.withdraw(later.providerRequestId ?? '', later.facts, never)
    expectAllConforming(tenant, [
      `list-${noun}-requests`,
      `list-${noun}-requests-to-approve`,
      `read-${noun}-request`,
      `approval-${noun}-stages`,
      'policies',
      `decide-${noun}`,
      `cancel-${noun}-request`,
    ])
  })

  test('for groups where version 1.0 has no stages', async () => {
    const { tenant, bobs, id } = await askGraph('groups')
    const path = '/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals'
    tenant.fail({ surface: 'graph', path, status: 404, code: 'NotFound', times: 99 })
    const decided = await bobs.decide(await found(bobs, id), yes, never)
    expect(decided).toMatchObject({ state: 'active', stages: [{ result: 'approve' }] })
    const { calls } = tenant
    expect(calls.some((call) => call.path.startsWith('/beta/') && call.method === 'PATCH')).toBe(
      true,
    )
    expectAllConforming(tenant, ['approval-group-stages', 'decide-group'])
  })
})
