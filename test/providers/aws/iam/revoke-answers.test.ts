import { describe, expect, test } from 'vitest'
import type { Fault } from '../../../../sandbox/aws/server/faults.ts'
import { roomWithProvider } from '../fixture.ts'
import { activated, puts, revoke } from './revoking.ts'

describe('what IAM answers', () => {
  test.each<[Fault, code: string, exitCode: number, asked: number]>([
    // The SDK takes it for throttling.
    [{ code: 'LimitExceeded', status: 409, times: 9 }, 'policy-limit', 3, 3],
    [{ code: 'LimitExceededException', status: 409, times: 9 }, 'policy-limit', 3, 3],
    [{ code: 'MalformedPolicyDocument', status: 400 }, 'policy-malformed', 3, 1],
    [{ code: 'Throttling', status: 400, times: 9 }, 'throttled', 6, 3],
    [{ code: 'ServiceFailure', status: 500, times: 9 }, 'provider-failing', 6, 3],
    [{ code: 'EntityTemporarilyUnmodifiable', status: 409 }, 'changing', 6, 1],
    [{ drop: 'unheard', times: 9 }, 'no-answer', 6, 3],
  ])('%j: %s', async (fault, code, exitCode, asked) => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    room.sandbox.sts.fail({ ...fault, action: 'PutRolePolicy' })
    expect(await revoke(room, held)).toMatchObject({
      state: 'not-revoked',
      policy: { role: 'NoTags' },
      error: { code, exitCode, hint: expect.any(String) },
    })
    expect(puts(room)).toHaveLength(asked)
  })

  test.each([
    ['NoSuchEntity', 404, 'role-missing'],
    ['UnmodifiableEntity', 400, 'role-unmodifiable'],
  ])('%s: nothing that an administrator could do either', async (answer, status, code) => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    room.sandbox.sts.fail({ code: answer, status, action: 'PutRolePolicy' })
    await expect(revoke(room, held)).rejects.toMatchObject({ code, exitCode: 3 })
    expect(puts(room)).toHaveLength(1)
  })

  test('nobody: the policy is for an administrator, by the clock of this machine', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    await room.sandbox.sts.stop()
    const before = Date.now()
    const revocation = await revoke(room, held)
    expect(revocation).toMatchObject({ state: 'not-revoked', error: { exitCode: 6 } })
    const deniesBefore = revocation.policy?.deniesBefore.getTime() ?? 0
    expect(deniesBefore).toBeGreaterThanOrEqual(before - 1000)
    expect(deniesBefore).toBeLessThanOrEqual(Date.now() + 2000)
  })

  test('no secret comes back in what is said', async () => {
    const room = await roomWithProvider()
    const held = await activated(room, 'sandbox-no-tags')
    const { secretAccessKey, sessionToken } = JSON.parse(held.credentials?.reveal() ?? '') as {
      secretAccessKey: string
      sessionToken: string
    }
    const fault = { code: 'AccessDenied', status: 403, action: 'PutRolePolicy' } as const
    room.sandbox.sts.fail({ ...fault, message: 'no: sandbox-only-not-a-secret' })
    room.sandbox.sts.fail({
      ...fault,
      message: `no: sandbox-only-not-a-secret ${secretAccessKey} ${sessionToken}`,
    })
    const revocation = await revoke(room, held)
    if (revocation.state === 'revoked') throw new Error('it was not refused')
    expect(revocation.error.message.match(/no: \[secret\]/g)).toHaveLength(2)
    const said = JSON.stringify(revocation)
    for (const secret of ['sandbox-only-not-a-secret', secretAccessKey, sessionToken]) {
      expect(said).not.toContain(secret)
    }
  })
})
