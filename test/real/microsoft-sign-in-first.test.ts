import { describe, expect, test } from 'vitest'

import { installAz, personTokenScript } from './azure-cli.ts'
import { openSignedIn, openStand } from './fixture.ts'

const plain = 'group:sec-ops'
const withContext = 'group:db-admins'
const withMfa = ['azure:payments-dev/Queue Operator', 'entra:security-reader'] as const

describe('several targets, where a sign-in is needed and cannot be had here', () => {
  test.each([withContext, ...withMfa])('%s: none is requested, and it is named', async (target) => {
    await using stand = await openSignedIn()
    const { code, err } = await stand.pim(['elevate', plain, target, '-j', 'why'])
    expect(code).toBe(4)
    expect(err).toContain(`nothing was requested, because of \`${target}\`:`)
    expect(err).not.toContain(`\`${plain}\``)
    expect(err).toMatch(/run `pim login azure[^`]*` in a terminal/)
    expect(stand.tenant.requests).toEqual([])
    expect(stand.events()).toEqual([])
  })

  test('all of those are named in one sentence, by pim exec too', async () => {
    await using stand = await openSignedIn()
    const words = [withContext, ...withMfa, plain]
    const { code, err } = await stand.pim(['exec', ...words, '-j', 'why', '--', 'true'])
    expect(code).toBe(125)
    for (const target of [withContext, ...withMfa]) expect(err).toContain(`\`${target}\``)
    expect(stand.tenant.requests).toEqual([])
  })

  test('what was not given is named before', async () => {
    await using stand = await openSignedIn()
    const { code, err } = await stand.pim(['elevate', plain, withContext])
    expect([code, err]).toEqual([2, expect.stringContaining('a justification is needed')])
  })

  test('a sign-in of the Azure CLI is asked as well', async () => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does(await personTokenScript(stand.tenant))
    const words = ['elevate', 'azure:payments-prod/Contributor', withMfa[0], '-j', 'why']
    const { code, err } = await stand.pim(words, { env: az.env })
    expect([code, err]).toEqual([4, expect.stringContaining('`az logout`')])
    expect(stand.tenant.requests).toEqual([])
  })
})

test('several targets whose sign-in is there are requested', async () => {
  await using stand = await openSignedIn()
  const words = ['elevate', plain, 'entra:user-administrator', '-j', 'why', '--wait', 'active']
  expect((await stand.pim(words)).code).toBe(0)
  expect(stand.tenant.requests).toHaveLength(2)
})
