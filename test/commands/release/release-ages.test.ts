import { describe, expect, test } from 'vitest'
import { startPim, type Pim } from '../../pim.ts'

const targets = ['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops']

/** Alice has had it for so many seconds. */
async function elevatedFor(target: string, age: number): Promise<Pim> {
  const pim = await startPim()
  await pim.signIn()
  expect((await pim.run(['elevate', target, '-j', 'why'])).code).toBe(0)
  const begun = pim.sandbox.tenant.requests[0]?.createdAt.getTime() ?? 0
  pim.advance({ seconds: age - Math.round((Date.now() - begun) / 1000) })
  return pim
}

/** It is given back, once, here and at the provider, and on record as that. */
async function expectReleasedOnce(pim: Pim, target: string): Promise<void> {
  const released = pim.records().filter(({ event }) => event === 'elevation.released')
  expect(released).toMatchObject([{ target }])
  expect(released[0]).not.toHaveProperty('by')
  const { requests } = pim.sandbox.tenant
  expect(requests.map(({ action }) => action)).toEqual(['SelfActivate', 'SelfDeactivate'])
  expect((await pim.run('status')).stderr).toContain('No active elevations')
}

describe.each(targets)('%s, given back', (target) => {
  const released = `pim: released \`${target}\``
  const waiting = `pim: waiting until 12:05 to give \`${target}\` back\n`

  test.each([
    [10, waiting],
    [90, waiting],
    [290, waiting],
    [360, ''],
  ])('%i s after it began with --wait: as soon as it may be, once', async (age, said) => {
    const pim = await elevatedFor(target, age)
    const { code, stderr } = await pim.run(['release', target, '--wait'])
    expect(code).toBe(0)
    expect(stderr.slice(0, (said + released).length)).toBe(said + released)
    await expectReleasedOnce(pim, target)
  })

  test('in CI: waited for without being told to', async () => {
    const pim = await elevatedFor(target, 90)
    const { code, stderr } = await pim.run(['release', target], { env: { CI: 'true' } })
    expect([code, stderr.slice(0, waiting.length)]).toEqual([0, waiting])
    await expectReleasedOnce(pim, target)
  })

  test('where nobody waits: from when on, and how to wait; it stays as it is', async () => {
    const pim = await elevatedFor(target, 290)
    const { code, stderr } = await pim.run(['release', target])
    expect(code).toBe(5)
    expect(stderr).toMatch(/the provider allows its release from [-0-9 :]*:05 \(.*\)/)
    expect(stderr).toContain(`pim release ${target} --wait`)
    expect(stderr).not.toContain('released')
    expect((await pim.run(['status', '--check', target])).code).toBe(0)
  })

  test('on a terminal when it may be: at once, and no helper is left behind', async () => {
    const pim = await elevatedFor(target, 360)
    const { code, stderr } = await pim.run(['release', target], { answers: [] })
    expect([code, stderr.slice(0, released.length)]).toEqual([0, released])
    await expectReleasedOnce(pim, target)
  })
})
