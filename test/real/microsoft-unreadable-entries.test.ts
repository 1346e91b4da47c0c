import { describe, expect, test } from 'vitest'

import { openSignedIn } from './tenant.ts'

const kinds = [
  ['azure', 'arm', 'list-eligible', 'list-requests', 'azure:payments-dev/Contributor'],
  ['entra', 'graph', 'list-eligible-roles', 'list-role-requests', 'entra:user-administrator'],
  ['group', 'graph', 'list-eligible-groups', 'list-group-requests', 'group:sec-ops@owner'],
] as const

const broken: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['with a scope of a wrong type', { properties: { scope: 5 }, directoryScopeId: 5, groupId: 5 }],
]

/** Far more than any command asks. */
const times = 99

const unknown = '0b9e7c51-1111-4222-8333-444455556666'

describe.concurrent.each(kinds)('%s', (kind, surface, eligible, requests, target) => {
  test.each(broken)('an eligibility that is %s may be the target', async (_, entry) => {
    await using cloud = await openSignedIn()
    cloud.tenant.fail({
      surface,
      operation: eligible,
      status: 200,
      body: { value: [entry] },
      times,
    })
    const { code, stderr } = await cloud.run(['elevate', target, '-j', 'why'])
    expect(code).toBe(6)
    expect(stderr).toContain('cannot be read')
    expect(stderr).not.toMatch(/no target/)
    const list = await cloud.run(['list', '--provider', kind, '--refresh'])
    expect(list.code).toBe(6)
    expect(list.stderr.match(/cannot be read/g)).toHaveLength(1)
  })

  test.each(broken)('a request that is %s may be the one that was named', async (_, entry) => {
    await using cloud = await openSignedIn()
    cloud.tenant.fail({
      surface,
      operation: requests,
      status: 200,
      body: { value: [entry] },
      times,
    })
    for (const words of [
      ['approve', unknown, '-j', 'go on'],
      ['cancel', unknown],
      ['wait', unknown],
    ]) {
      const { code, stderr } = await cloud.run(words)
      expect([words, code]).toEqual([words, 6])
      expect(stderr).toContain('cannot be read')
      expect(stderr).not.toContain('there is no request')
    }
  })
})
