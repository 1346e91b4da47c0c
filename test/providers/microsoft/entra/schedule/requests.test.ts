import { describe, expect, test } from 'vitest'
import { minutes } from '../../../../../src/core/time/duration.ts'
import { PimError } from '../../../../../src/core/errors.ts'
import { groupCalls } from '../../../../../src/providers/microsoft/entra/groups/group-operations.ts'
import { roleCalls } from '../../../../../src/providers/microsoft/entra/roles/role-operations.ts'
import {
  at,
  attemptAt,
  graph,
  groupTarget,
  list,
  refusal,
  request,
  roleTarget,
  signedOut,
  unreachable,
  userAdministrator,
  type Answers,
} from '../graph.ts'

const granted = (status: string) => ({ [at.roles.ask]: () => request({ status }) })
const ask = (answers: Answers, differences = {}) => {
  const { asker, sent } = graph(answers)
  return { activation: roleCalls.activate(attemptAt(roleTarget, differences), asker), sent }
}

describe('an activation asks', () => {
  test('for a role where it is listed, for the caller, in words that Graph takes', async () => {
    const { activation, sent } = ask(granted('Provisioned'), {
      ticket: { system: 'JIRA', number: 'OPS-1' },
      duration: minutes(90),
      authenticationContext: 'c1',
    })
    await activation
    expect(sent).toMatchObject([
      {
        method: 'POST',
        path: '/v1.0/roleManagement/directory/roleAssignmentScheduleRequests',
        authenticationContext: 'c1',
      },
    ])
    expect(sent[0]?.body).toEqual({
      action: 'selfActivate',
      principalId: 'alice-1',
      roleDefinitionId: userAdministrator,
      directoryScopeId: '/',
      justification: 'restart the queue',
      scheduleInfo: {
        expiration: { type: 'afterDuration', duration: 'PT1H30M' },
      },
      ticketInfo: { ticketSystem: 'JIRA', ticketNumber: 'OPS-1' },
    })
  })

  test('for the access to a group that one is eligible for', async () => {
    const { asker, sent } = graph({ [at.groups.ask]: () => request() })
    const ticket = { number: '7' }
    const activation = await groupCalls.activate(attemptAt(groupTarget, { ticket }), asker)
    expect(sent[0]).not.toHaveProperty('authenticationContext')
    expect(sent[0]?.body).toMatchObject({
      action: 'selfActivate',
      principalId: 'alice-1',
      groupId: 'group-1',
      accessId: 'owner',
      ticketInfo: { ticketNumber: '7' },
    })
    expect(activation).toMatchObject({
      state: 'active',
      providerRequestId: 'request-1',
      startsAt: new Date('2026-03-01T12:00:00Z'),
      expiresAt: new Date('2026-03-01T13:00:00Z'),
      facts: {
        groupId: 'group-1',
        accessId: 'owner',
        principalId: 'alice-1',
        tenantId: 'tenant-1',
      },
    })
    expect(activation).not.toHaveProperty('credentials')
  })
})

test.each([
  ['Provisioned', 'active'],
  ['provisioned', 'active'],
  ['PendingApproval', 'pending-approval'],
  ['PENDINGPROVISIONING', 'provisioning'],
  ['Granted', 'provisioning'],
])('a request that is %s is %s', async (status, state) => {
  expect(await ask(granted(status)).activation).toMatchObject({ state })
})

test.each([
  ['Denied', 'refused'],
  ['Failed', 'unavailable'],
  ['Revoked', 'refused'],
])('a request that is %s is an error, though it was accepted', async (status, kind) => {
  await expect(ask(granted(status)).activation).rejects.toMatchObject({ kind })
})

test('a request with a status that nobody knows stands, and shows it as it came', async () => {
  expect(await ask(granted('BrandNew')).activation).toMatchObject({
    state: 'provisioning',
    facts: { unknownStatus: 'BrandNew' },
  })
})

test.each([
  ['RoleAssignmentExists', 'unavailable', 'still-settling'],
  ['roleassignmentexists', 'unavailable', 'still-settling'],
  ['PendingRoleAssignmentRequest', 'pending', 'request-pending'],
])('%s with a request that is not ours is %s', async (code, kind, ourCode) => {
  const others = [
    request({ status: 'Denied' }),
    request({ action: 'adminAssign' }),
    request({ directoryScopeId: '/administrativeUnits/berlin-1' }),
    request({ status: 'Canceled' }),
    request({
      scheduleInfo: { startDateTime: '2026-03-01T10:00:00Z', expiration: { duration: 'PT1H' } },
    }),
    'junk',
  ].map((one) => (typeof one === 'string' ? one : { ...ofRole, ...one }))
  const { activation } = ask({
    [at.roles.ask]: refusal(400, code),
    [at.roles.own]: list(...others),
    [at.roles.active]: list(),
  })
  await expect(activation).rejects.toMatchObject({ kind, code: ourCode, provider: { code } })
})

const ofRole = { roleDefinitionId: userAdministrator.toUpperCase(), directoryScopeId: '/' }

describe('an answer that was lost', () => {
  test.each([
    ['on its way', unreachable],
    ['in a gateway', refusal(504, 'GatewayTimeout')],
    ['before a second try', refusal(400, 'RoleAssignmentExists')],
    ['before a second try, that has to wait', refusal(400, 'PendingRoleAssignmentRequest')],
  ])('%s is read from the own requests, the newest first', async (_, answer) => {
    const older = { ...ofRole, createdDateTime: '2026-03-01T11:00:00Z', id: 'older' }
    const { activation, sent } = ask({
      [at.roles.ask]: answer,
      [at.roles.own]: list(request(older), request({ ...ofRole, action: 'SelfActivate' })),
    })
    expect(await activation).toMatchObject({ state: 'active', providerRequestId: 'request-1' })
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  test('is an error where the request never arrived', async () => {
    const { activation } = ask({ [at.roles.ask]: unreachable, [at.roles.own]: list() })
    await expect(activation).rejects.toMatchObject({ code: 'no-answer' })
  })

  test('is the first error where the own requests cannot be read', async () => {
    const { activation } = ask({
      [at.roles.ask]: unreachable,
      [at.roles.own]: refusal(403, 'Authorization_RequestDenied'),
    })
    await expect(activation).rejects.toMatchObject({ code: 'no-answer' })
  })
})

test.each([
  ['a refusal', refusal(400, 'RoleAssignmentRequestPolicyValidationFailed')],
  ['too many requests', refusal(429, 'TooManyRequests')],
  ['a missing sign-in', signedOut],
])('%s is not looked into any further', async (_, answer) => {
  const { activation, sent } = ask({ [at.roles.ask]: answer })
  await expect(activation).rejects.toBeInstanceOf(PimError)
  expect(sent).toHaveLength(1)
})

describe('a check', () => {
  test('is the same request, for nothing to be done', async () => {
    const { asker, sent } = graph({ [at.groups.ask]: () => request({ id: null, status: 'x' }) })
    await expect(groupCalls.validate(attemptAt(groupTarget), asker)).resolves.toBeUndefined()
    expect(sent.map(({ body }) => body)).toMatchObject([
      { action: 'selfActivate', accessId: 'owner', isValidationOnly: true },
    ])
  })

  test.each([
    [
      'is refused as the activation would be',
      refusal(400, 'RoleAssignmentExists'),
      'still-settling',
    ],
    ['comes to nothing as the activation would', () => request({ status: 'Denied' }), 'denied'],
  ])('%s', async (_, answer, code) => {
    const { asker, sent } = graph({ [at.roles.ask]: answer })
    await expect(roleCalls.validate(attemptAt(roleTarget), asker)).rejects.toMatchObject({ code })
    expect(sent).toHaveLength(1)
  })
})

test('a target that says nothing of what it stands for is an error that says what to do', async () => {
  const { asker, sent } = graph({})
  const { reference: _, ...bare } = roleTarget
  await expect(roleCalls.activate(attemptAt(bare), asker)).rejects.toMatchObject({
    kind: 'usage',
    target: 'entra:user-administrator',
    hint: expect.stringContaining('--refresh'),
  })
  expect(sent).toEqual([])
})
