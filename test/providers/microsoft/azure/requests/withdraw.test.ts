import { describe, expect, test } from 'vitest'
import { approvalsOf, found, noId } from '../../../approving.ts'
import { ask } from '../approving.ts'
import { minutes, openRoom } from '../fixture.ts'
import { never } from '../scripted.ts'

describe('taken back', () => {
  test('is what waits, twice as well as once', async () => {
    const { alices, id, made } = await ask()
    await alices.withdraw(id, made.facts, never)
    expect((await found(alices, id)).state).toBe('canceled')
    await alices.withdraw(id, made.facts, never)
    await expect(found(alices, id)).resolves.toMatchObject({ status: 'Canceled' })
  })

  test('is what was taken back though the answer was lost', async () => {
    const { tenant, alices, id, made } = await ask()
    tenant.fail({ surface: 'arm', operation: 'cancel', drop: 'unanswered' })
    await alices.withdraw(id, made.facts, never)
    expect(tenant.requests[0]?.canceledAt).toBeDefined()
  })

  test('is nothing whose request to take it back never arrived', async () => {
    const { tenant, alices, id, made } = await ask()
    tenant.fail({ surface: 'arm', operation: 'cancel', status: 503, code: 'Busy', times: 9 })
    await expect(alices.withdraw(id, made.facts, never)).rejects.toMatchObject({
      kind: 'unavailable',
      provider: { code: 'Busy' },
    })
  })

  test('is nothing that was denied', async () => {
    const { tenant, alices, id, made } = await ask()
    tenant.decide(id, 'deny')
    await expect(alices.withdraw(id, made.facts, never)).rejects.toMatchObject({
      code: 'not-cancelable',
      message: 'it was denied already',
    })
  })

  test('is what has yet to begin', async () => {
    const { provider, elevate, now } = await openRoom()
    const start = new Date(now().getTime() + 3_600_000)
    const made = await elevate('payments-prod/Contributor', { start })
    const alices = approvalsOf(provider)
    // As where a request is found on another machine, and nothing is remembered of it.
    await alices.withdraw(made.providerRequestId ?? '', {}, never)
    expect(await provider.progress(made, never)).toMatchObject({ state: 'canceled' })
  })

  test('is nothing that is in force', async () => {
    const { provider, elevate, advance } = await openRoom()
    const made = await elevate('payments-prod/Contributor')
    advance(minutes(1))
    await expect(
      approvalsOf(provider).withdraw(made.providerRequestId ?? '', made.facts, never),
    ).rejects.toMatchObject({
      kind: 'refused',
      code: 'not-cancelable',
      hint: expect.stringContaining('pim release'),
    })
  })

  test('is nothing that nobody knows of', async () => {
    const { alices, made } = await ask()
    for (const facts of [made.facts, {}]) {
      await expect(alices.withdraw(noId, facts, never)).rejects.toMatchObject({
        kind: 'usage',
        code: 'unknown-request',
      })
    }
  })
})

test('nobody is asked for what can be no id, and what is not there is not found', async () => {
  const { alices, asked } = await ask()
  asked()
  expect(await alices.find('0123456789ab', never)).toBeUndefined()
  expect(await alices.find('../x', never)).toBeUndefined()
  expect(asked()).toEqual([])
  expect(await alices.find(noId, never)).toBeUndefined()
  expect(asked()).toEqual(['list-requests', 'list-requests-to-approve', 'approval-stages'])
})

test('one list that fails does not hide what the other has', async () => {
  const { tenant, alices, id } = await ask()
  tenant.fail({ surface: 'arm', operation: 'list-requests-to-approve', status: 403, times: 9 })
  expect(await found(alices, id)).toMatchObject({ id })
  await expect(alices.find(noId, never)).rejects.toMatchObject({
    kind: 'refused',
  })
})
