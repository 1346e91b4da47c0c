import { describe, expect, test, vi } from 'vitest'
import { callSettings } from '../../../../src/providers/aws/http/call-settings.ts'
import { guardedHandler } from '../../../../src/providers/aws/http/http.ts'
import { assumeRole, callerIdentity, createSts } from '../../../../src/providers/aws/sts/sts.ts'
import { errorCode } from '../../../../src/providers/aws/errors/service-errors.ts'
import { alice, sandboxRoles } from '../../../../sandbox/aws/sts/roles.ts'
import type { Fault } from '../../../../sandbox/aws/server/faults.ts'
import { endpointAlone, roomWithSts, strangeServer, surroundWith } from '../fixture.ts'

const never = new AbortController().signal
const open = async () => {
  const calls = callSettings('', { profiles: {}, services: {} }, process.env)
  const requestHandler = await guardedHandler({}, calls)
  const now = () => new Date()
  return createSts({ region: 'us-east-1', credentials: alice, calls, requestHandler, now })
}
const asked = { roleArn: sandboxRoles.admin.arn, sessionName: 'alice-e1', durationSeconds: 3600 }

test('hands out what STS granted, with the request’s id and the account', async () => {
  const sts = await roomWithSts()
  const { keys, arn, requestId } = await assumeRole((await open()).client, asked, never)
  const [issued] = sts.issued
  expect(keys).toMatchObject({
    accessKeyId: issued?.accessKeyId,
    expiration: issued?.expiresAt,
    accountId: '123456789012',
  })
  expect(arn).toBe('arn:aws:sts::123456789012:assumed-role/Admin/alice-e1')
  expect(requestId).toBe(sts.calls[0]?.requestId)
})

test('says who the caller is', async () => {
  await roomWithSts()
  expect(await callerIdentity((await open()).client, never)).toEqual({
    account: '123456789012',
    arn: alice.arn,
  })
})

describe('what may pass is tried three times in all', () => {
  const passing: [string, Fault][] = [
    ['throttling', { code: 'Throttling' }],
    ['throttling by its other name', { code: 'ThrottlingException' }],
    ['a failing server', { code: 'InternalFailure', status: 500 }],
    ['a server that is away', { code: 'ServiceUnavailable', status: 503 }],
    ['an identity provider that does not answer', { code: 'IDPCommunicationError' }],
    ['a connection that is cut', { drop: 'unheard' }],
  ]
  test.each(passing)('%s', async (_, fault) => {
    const sts = await roomWithSts()
    const { client } = await open()
    sts.fail({ ...fault, times: 2 })
    await assumeRole(client, asked, never)
    expect(sts.calls).toHaveLength(3)
    sts.fail({ ...fault, times: 9 })
    await expect(assumeRole(client, asked, never)).rejects.toThrow()
    expect(sts.calls).toHaveLength(6)
  })
})

describe('what will not pass is asked once', () => {
  test.each([
    'AccessDenied',
    'ValidationError',
    'ExpiredToken',
    'InvalidClientTokenId',
    'PackedPolicyTooLarge',
    'MalformedPolicyDocument',
    'RegionDisabledException',
  ])('%s', async (code) => {
    const sts = await roomWithSts()
    sts.fail({ code, status: 403, times: 9 })
    const error = await assumeRole((await open()).client, asked, never).catch(
      (thrown: unknown) => thrown,
    )
    // The SDK adds a suffix to some.
    expect(errorCode(error)).toBe(code.replace(/Exception$/, ''))
    expect(sts.calls).toHaveLength(1)
  })
})

describe('plain http', () => {
  test.each(['http://127.0.0.1', 'http://localhost', 'http://127.1'])(
    'is taken on this machine: %s',
    async (host) => {
      const sts = await roomWithSts()
      surroundWith(endpointAlone(`${host}:${new URL(sts.endpoint).port}`))
      await callerIdentity((await open()).client, never)
      expect(sts.calls).toHaveLength(1)
    },
  )

  // 0.0.0.0 leads to this machine too, so that a request would be seen.
  test.each([
    'http://0.0.0.0',
    'http://sts.example.com',
    'http://127.0.0.1.example.com',
    'http://[::2]',
  ])('is refused elsewhere before anything is sent: %s', async (host) => {
    const sts = await roomWithSts()
    surroundWith(endpointAlone(`${host}:${new URL(sts.endpoint).port}`))
    const call = assumeRole((await open()).client, asked, never)
    await expect(call).rejects.toMatchObject({ code: 'insecure-endpoint', exitCode: 2 })
    expect(sts.calls).toEqual([])
  })
})

describe('no call goes on for ever', () => {
  test('a server that never answers is given up on, three times 15 seconds', async () => {
    const silent = await strangeServer(() => {})
    surroundWith(endpointAlone(silent.endpoint))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let waitedSeconds = 0
      let isOver = false
      const call = callerIdentity((await open()).client, never).finally(() => {
        isOver = true
      })
      call.catch(() => {})
      for (; !isOver && waitedSeconds < 120; waitedSeconds += 1) {
        await vi.advanceTimersByTimeAsync(1000)
        // Sockets keep their own time.
        await new Promise((resolve) => setImmediate(resolve))
      }
      await expect(call).rejects.toMatchObject({ name: 'TimeoutError' })
      expect(waitedSeconds).toBeGreaterThanOrEqual(45)
      expect(silent.requests()).toBe(3)
    } finally {
      vi.useRealTimers()
    }
  })

  test('an interrupted one ends at once', async () => {
    const silent = await strangeServer(() => interrupt.abort())
    const interrupt = new AbortController()
    surroundWith(endpointAlone(silent.endpoint))
    await expect(callerIdentity((await open()).client, interrupt.signal)).rejects.toMatchObject({
      name: 'AbortError',
    })
    expect(silent.requests()).toBe(1)
  })
})

describe('the provider’s clock', () => {
  test.each([
    ['the same', 0, 0],
    ['off by no more than an answer takes', 2, 0],
    ['a minute ahead', 60, 60_000],
    ['ten minutes ahead', 600, 600_000],
    ['an hour behind', -3600, -3_600_000],
  ])('%s', async (_, skewSeconds, aheadMs) => {
    const sts = await roomWithSts()
    sts.skewSeconds = skewSeconds
    const { client, clockAheadMs } = await open()
    const before = Date.now()
    await assumeRole(client, asked, never)
    // What the way there took counts, and that the server tells whole seconds.
    expect(Math.abs(clockAheadMs() - aheadMs)).toBeLessThan(2000 + Date.now() - before)
    if (aheadMs === 0) expect(clockAheadMs()).toBe(0)
  })

  test('is seen in a refusal too', async () => {
    const sts = await roomWithSts()
    sts.skewSeconds = 120
    sts.fail({ code: 'AccessDenied', status: 403 })
    const { client, clockAheadMs } = await open()
    await expect(assumeRole(client, asked, never)).rejects.toThrow()
    expect(Math.round(clockAheadMs() / 10_000)).toBe(12)
  })
})
