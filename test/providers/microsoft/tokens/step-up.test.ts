import { describe, expect, test } from 'vitest'
import type {
  MicrosoftAnswer,
  MicrosoftRequest,
} from '../../../../src/providers/microsoft/http/client.ts'
import type { MicrosoftSession } from '../../../../src/providers/microsoft/session/session.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'
import {
  tenantAlice,
  tenantBob,
  tenantEligibilities,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { browse, openRoom, signal, type Room } from '../fixture.ts'

const { rgWebOwner, prodAccess, devQueueOperator, privilegedRoleAdministrator } =
  tenantEligibilities

function onArm(
  { scope, roleId, scheduleId }: Eligibility,
  more: Partial<MicrosoftRequest> = {},
): MicrosoftRequest {
  const name = crypto.randomUUID()
  const at = `${scope}/providers/Microsoft.Authorization`
  const roleDefinitionId = `${at}/roleDefinitions/${roleId}`
  return {
    method: 'PUT',
    path: `${at}/roleAssignmentScheduleRequests/${name}?api-version=2020-10-01`,
    body: {
      properties: {
        principalId: tenantAlice.id,
        roleDefinitionId,
        requestType: 'SelfActivate',
        linkedRoleEligibilityScheduleId: `${at}/roleEligibilitySchedules/${scheduleId}`,
        justification: 'test',
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
      },
    },
    signal,
    ...more,
  }
}

function onGraph({ roleId }: Eligibility): MicrosoftRequest {
  return {
    method: 'POST',
    path: '/v1.0/roleManagement/directory/roleAssignmentScheduleRequests',
    body: {
      action: 'selfActivate',
      principalId: tenantAlice.id,
      roleDefinitionId: roleId,
      directoryScopeId: '/',
      justification: 'test',
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } },
    },
    signal,
  }
}

async function send(
  session: MicrosoftSession,
  request: MicrosoftRequest,
  resource: 'arm' | 'graph' = 'arm',
): Promise<MicrosoftAnswer> {
  return (await session.client(resource)).send(request)
}

async function signedIn(options?: Parameters<typeof openRoom>[0]): Promise<Room> {
  const room = await openRoom(options)
  await room.session.signIn({}, signal)
  room.opened.count = 0
  room.asked()
  return room
}

describe('an authentication context that the role demands', () => {
  test('is met by one sign-in where the answer asks for it, on ARM', async () => {
    const { session, opened, tenant } = await signedIn()
    const { status } = await send(session, onArm(rgWebOwner))
    expect(status).toBe(201)
    expect(opened.count).toBe(1)
    expect(tenant.requests).toHaveLength(1)
  })

  test('is met on Graph as well', async () => {
    const { session, opened } = await signedIn()
    const { status } = await send(session, onGraph(privilegedRoleAdministrator), 'graph')
    expect(status).toBe(201)
    expect(opened.count).toBe(1)
  })

  test('is met before anything is sent where it is known', async () => {
    const { session, opened, tenant } = await signedIn()
    await send(session, onArm(rgWebOwner, { authenticationContext: 'c1' }))
    expect(opened.count).toBe(1)
    const puts = tenant.calls.filter(({ operation }) => operation === 'activate')
    expect(puts.map(({ status }) => status)).toEqual([201])
  })

  test('is met once, however many ask at once and on whichever surface', async () => {
    const { session, opened } = await signedIn()
    const context = { authenticationContext: 'c1' }
    const answers = await Promise.all([
      send(session, onArm(rgWebOwner, context)),
      send(session, onArm(prodAccess)),
      send(session, onGraph(privilegedRoleAdministrator), 'graph'),
    ])
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(opened.count).toBe(1)
  })

  test('stays met for the next process, which asks nobody', async () => {
    const room = await signedIn()
    await send(room.session, onArm(rgWebOwner))
    room.asked()
    const next = room.next({ mayBeAsked: false })
    await send(next, onArm(prodAccess, { authenticationContext: 'c1' }))
    expect(room.opened.count).toBe(1)
    expect(room.asked()).toEqual([])
  })

  test('stays met when a token of the moment is asked for in between', async () => {
    const { session, opened } = await signedIn()
    await send(session, onArm(rgWebOwner))
    const arm = await session.client('arm')
    await arm.identity(signal, { fresh: true })
    await arm.send(onArm(prodAccess))
    expect(opened.count).toBe(1)
  })

  test('is said to be missing where nobody can be asked', async () => {
    const room = await signedIn()
    const next = room.next({ mayBeAsked: false })
    const error = await send(next, onArm(rgWebOwner, { authenticationContext: 'c1' })).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      kind: 'sign-in',
      code: 'step-up-needed',
      exitCode: 4,
      message: expect.stringContaining('the authentication context c1'),
    })
    expect(room.opened.count).toBe(0)
    expect(room.tenant.requests).toHaveLength(0)
  })

  test('is said to be missing where there is no browser', async () => {
    const room = await signedIn()
    const next = room.next({
      openBrowser: async (url) => {
        const { openBrowser } = await import('../../../../src/system/process/browser.ts')
        await openBrowser(url, { env: {}, platform: 'linux' })
      },
    })
    await expect(send(next, onArm(rgWebOwner))).rejects.toMatchObject({ code: 'step-up-needed' })
  })

  test('is not met by somebody else', async () => {
    const room = await signedIn()
    // Whoever sits at the browser takes another account than the one that is asked for.
    const next = room.next({
      openBrowser: async (url) => {
        room.tenant.signsIn = tenantBob
        await browse(url.replace(/login_hint=[^&]*/, ''))
      },
    })
    await expect(send(next, onArm(rgWebOwner))).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'other-account',
    })
    expect(room.tenant.requests).toHaveLength(0)
  })

  test('is asked for once only: who still says no is believed', async () => {
    const { session, opened, tenant } = await signedIn()
    const refusal = {
      surface: 'arm',
      operation: 'activate',
      status: 400,
      code: 'RoleAssignmentRequestAcrsValidationFailed',
      message:
        '&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D',
      times: 5,
    } as const
    tenant.fail(refusal)
    await expect(send(session, onArm(rgWebOwner))).rejects.toMatchObject({
      kind: 'sign-in',
      code: 'step-up-refused',
      message: expect.stringContaining(
        'refused a sign-in that meets the authentication context c1',
      ),
      provider: { code: 'RoleAssignmentRequestAcrsValidationFailed', status: 400 },
    })
    expect(opened.count).toBe(1)
    expect(tenant.calls.filter(({ operation }) => operation === 'activate')).toHaveLength(2)
  })
})

test('a second factor that a policy demands is asked for in the browser', async () => {
  const { session, opened } = await signedIn()
  const { status } = await send(session, onArm(devQueueOperator))
  expect(status).toBe(201)
  expect(opened.count).toBe(1)
})

test('a token that was revoked is replaced in silence, and the request repeated', async () => {
  const { session, opened, tenant } = await signedIn()
  const graph = await session.client('graph')
  await graph.identity(signal)
  tenant.revokeTokens()
  const answer = await graph.send({ method: 'GET', path: '/v1.0/me', signal })
  expect(answer.status).toBe(200)
  expect(opened.count).toBe(0)
})

test('a token that is refused without a challenge is replaced once', async () => {
  const { session, tenant } = await signedIn()
  const before = tenant.calls.length
  tenant.fail({ surface: 'graph', status: 401, code: 'InvalidAuthenticationToken', times: 5 })
  await expect(
    send(session, { method: 'GET', path: '/v1.0/me', signal }, 'graph'),
  ).rejects.toMatchObject({ kind: 'sign-in', code: 'token-refused', provider: { status: 401 } })
  const sent = tenant.calls.slice(before).filter(({ surface }) => surface === 'graph')
  expect(sent).toHaveLength(2)
})
