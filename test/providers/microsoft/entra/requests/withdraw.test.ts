import { describe, expect, test } from 'vitest'
import { found, noId } from '../../../approving.ts'
import { ask, surfaces } from '../approving.ts'
import { never } from '../graph.ts'
import { elevate } from '../fixture.ts'

describe.each(['roles', 'groups'] as const)('of %s', (which) => {
  const { plain } = surfaces[which]

  test('what waits, or has yet to begin, is taken back, and stays so', async () => {
    const { alices, id, made, now, ...room } = await ask(which)
    await alices.withdraw(id, made.facts, never)
    await alices.withdraw(id, made.facts, never)
    expect(await found(alices, id)).toMatchObject({ state: 'canceled', status: 'Canceled' })
    const start = new Date(now().getTime() + 3_600_000)
    const later = await elevate(plain, room[which], now(), { start })
    await alices.withdraw(later.providerRequestId ?? '', later.facts, never)
    expect(await room[which].progress(later, never)).toMatchObject({ state: 'canceled' })
  })

  test('what is in force is not taken back, and what nobody knows of is no request', async () => {
    const { alices, now, ...room } = await ask(which)
    const made = await elevate(plain, room[which], now())
    await expect(
      alices.withdraw(made.providerRequestId ?? '', made.facts, never),
    ).rejects.toMatchObject({ kind: 'refused', code: 'not-cancelable' })
    await expect(alices.withdraw(noId, {}, never)).rejects.toMatchObject({
      kind: 'usage',
      code: 'unknown-request',
    })
    expect(await alices.find(noId, never)).toBeUndefined()
  })
})
