import { describe, expect, test } from 'vitest'
import { minutes } from '../../core/sample-elevations.ts'
import { startPim } from '../../pim.ts'

const kinds = [
  'azure:payments-prod/Contributor',
  'entra:user-administrator',
  'group:sec-ops',
] as const

async function active(target: string, duration: string) {
  const pim = await startPim()
  await pim.signIn()
  expect((await pim.run(['elevate', target, '-j', 'why', '-d', duration])).code).toBe(0)
  const extend = (...more: readonly string[]) => pim.run(['extend', target, ...more])
  return { pim, extend }
}

describe.each(kinds)('%s', (target) => {
  test('with --yes, it says what it does, and what it waits for', async () => {
    const { pim, extend } = await active(target, '1h')
    pim.advance(minutes(10))
    const { code, stderr } = await extend('-d', '2h', '--yes')
    expect(code).toBe(0)
    expect(stderr).toContain(
      'pim releases it and requests it again for 2h. For some minutes you have no access',
    )
    expect(stderr).not.toContain('would')
    expect(stderr).toContain('released; Microsoft allows the new request in about two minutes')
  })

  test('in a terminal, the waits are told as those of elevate are', async () => {
    const { pim } = await active(target, '1h')
    const words = ['extend', target, '-d', '2h', '--yes']
    const { code, stderr } = await pim.run(words, { answers: [] })
    expect(code).toBe(0)
    expect(stderr).toContain('waiting for the release (10s)')
    expect(stderr).toContain('re-activation is not possible yet (10s)')
  })

  test('a duration is cut to the longest allowed before anything is asked', async () => {
    const { pim, extend } = await active(target, '1h')
    pim.advance(minutes(10))
    const asked = await extend('-d', '23h')
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringMatching(
        /would release it and request it again for \dh, the longest allowed\. /,
      ),
    ])
  })

  test('what is active for the longest allowed is left alone', async () => {
    const { pim, extend } = await active(target, '24h')
    const { code, stderr } = await extend('-d', '24h', '--yes', '--quiet')
    expect(code).toBe(0)
    expect(stderr).not.toContain('Microsoft cannot extend it')
    expect(pim.records().map(({ event }) => event)).not.toContain('elevation.released')
  })
})
