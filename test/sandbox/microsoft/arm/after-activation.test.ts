import { expect, test } from 'vitest'

import {
  armRoles,
  armScopes,
  tenantEligibilities,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { active, authorization, codeOf, put, release, version } from './calls.ts'
import type { Wish } from './calls.ts'
import { openTenant } from '../fixture.ts'
import type { Reply } from '../fixture.ts'

const { prodContributor, devContributor } = tenantEligibilities

test('an approval lets a request through, or not', async () => {
  const room = await openTenant()
  const { body } = await put(room, devContributor)
  expect(body.properties).toMatchObject({
    status: 'PendingApproval',
    approvalId: `${authorization}/roleAssignmentApprovals/${body.name}`,
  })
  expect(codeOf(await put(room, devContributor))).toEqual([400, 'PendingRoleAssignmentRequest'])
  room.advance(600)
  room.tenant.decide(body.name, 'approve', 'fine')
  expect((await room.arm(active)).body.value[0].properties.endDateTime).toBe(
    '2026-03-01T13:10:00.000Z',
  )
  expect(() => room.tenant.decide(body.name, 'deny')).toThrow('no request')
})

test('a request that waits can be taken back, and no other', async () => {
  const room = await openTenant()
  const cancel = ({ body }: Reply) => room.arm(`POST ${body.id}/cancel?${version}`)
  const waiting = await put(room, devContributor)
  expect(await cancel(waiting)).toMatchObject({ status: 200, body: undefined })
  expect((await room.arm(`${waiting.body.id}?${version}`)).body.properties.status).toBe('Canceled')
  expect((await cancel(await put(room, prodContributor))).status).toBe(400)
})

test('a role is given back from its fifth minute on, and free again two minutes later', async () => {
  const room = await openTenant()
  await put(room, prodContributor)
  const answers: unknown[] = []
  const steps: [number, Wish][] = [
    [59, release],
    [60, release],
    [180, release],
    [1, release],
    [0, {}],
    [119, {}],
    [1, {}],
  ]
  for (const [seconds, wish] of steps) {
    room.advance(seconds)
    const answer = await put(room, prodContributor, wish)
    answers.push(answer.body.error?.code ?? answer.body.properties.status)
  }
  expect(answers).toEqual([
    'RoleAssignmentDoesNotExist',
    'ActiveDurationTooShort',
    'ActiveDurationTooShort',
    'Revoked',
    'RoleAssignmentExists',
    'RoleAssignmentExists',
    'Provisioned',
  ])
})

test('permissions come from roles that work by now', async () => {
  const room = await openTenant()
  room.tenant.propagationLag = 90
  const probe = `${armScopes.rgWeb.id}${authorization}/permissions?api-version=2022-04-01`
  await put(room, prodContributor)
  expect((await room.arm(active)).body.value).toHaveLength(2)
  expect((await room.arm(probe)).body.value).toEqual([])
  room.advance(90)
  const { actions, notActions } = armRoles.contributor
  expect((await room.arm(probe)).body.value).toMatchObject([{ actions, notActions }])
})

test('who asked can read why it was denied', async () => {
  const room = await openTenant()
  const { body } = await put(room, devContributor)
  const stages = () =>
    room.arm(`${body.properties.approvalId}/stages?api-version=2021-01-01-preview`)
  expect((await stages()).body.value).toMatchObject([
    { properties: { reviewResult: 'NotReviewed' } },
  ])
  room.tenant.decide(body.name, 'deny', 'not today')
  expect((await stages()).body.value).toMatchObject([
    { properties: { status: 'Completed', reviewResult: 'Deny', justification: 'not today' } },
  ])
  const { access_token: token = '' } = await room.signIn({ hint: 'bob@sandbox.example' })
  const asBob = await room.arm(`${body.id}?${version}`, { token })
  expect(asBob.body.properties.status).toBe('Denied')
})
