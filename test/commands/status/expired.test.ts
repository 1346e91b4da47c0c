import { expect, test } from 'vitest'
import { hours } from '../../core/sample-elevations.ts'
import { startPim } from '../../pim.ts'

test.each(['azure:payments-prod/Contributor', 'entra:user-administrator', 'group:sec-ops'])(
  'the end of %s is on record once, though several processes see it',
  async (target) => {
    const pim = await startPim()
    await pim.signIn()
    await pim.run(['elevate', target, '-j', 'why', '--wait', 'active'])
    const [requested] = pim.records()
    pim.advance(hours(2))
    const status = () => pim.run('status --refresh')
    const ended = await Promise.all([status(), status(), status()])
    expect(ended.map(({ code, stdout }) => [code, stdout])).toEqual(ended.map(() => [0, '']))
    expect((await status()).stderr).toContain('No active elevations')
    const ends = pim.records().filter(({ event }) => event === 'elevation.expired')
    expect(ends).toMatchObject([
      { elevationId: requested?.elevationId, target, expiresAt: '2026-03-01T13:00:00.000Z' },
    ])
    expect(pim.records().map(({ event }) => event)).not.toContain('elevation.released')
  },
)
