import { expect, test, vi } from 'vitest'
import { whileAsking } from '../../src/commands/progress.ts'
import { startPim } from '../pim.ts'

test('an answer that takes its time is said to, from the fourth second on', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  try {
    const said: unknown[] = []
    const { promise, resolve } = Promise.withResolvers<string>()
    const asked = whileAsking('aws:prod', promise, (...words) => said.push(words))
    vi.advanceTimersByTime(3999)
    expect(said).toEqual([])
    vi.advanceTimersByTime(2001)
    expect(said).toEqual([
      ['aws:prod', 'no answer yet', 4],
      ['aws:prod', 'no answer yet', 5],
      ['aws:prod', 'no answer yet', 6],
    ])
    resolve('here')
    expect(await asked).toBe('here')
    vi.advanceTimersByTime(10_000)
    expect(said).toHaveLength(3)
  } finally {
    vi.useRealTimers()
  }
})

test('a person at a terminal hears it, a script does not', async () => {
  const pim = await startPim({ PIM_CREDENTIAL_STORE: 'memory' })
  const exec = ['exec', 'aws:sandbox-admin', '-j', 'why', '--', 'true']
  for (const [how, heard] of [
    [{ answers: [] }, true],
    [{}, false],
  ] as const) {
    pim.sandbox.sts.fail({ action: 'AssumeRole', delayMs: 5000 })
    const { code, stderr } = await pim.run(exec, how)
    expect([code, stderr.includes('`aws:sandbox-admin`: no answer yet (4s)')]).toEqual([0, heard])
  }
}, 20_000)
