import { execFileSync } from 'node:child_process'

import { describe, expect, test } from 'vitest'

import { tenantId } from '../../sandbox/microsoft/seed/seed.ts'
import { installAz, personTokenScript } from './azure-cli.ts'
import { openSignedIn, openStand } from './fixture.ts'

const elsewhere = '0a0a0a0a-0000-4000-8000-000000000009'
const login = `\`pim login azure --tenant ${elsewhere}\``
const contributor = 'azure:payments-prod/Contributor'

test('a sign-in to a tenant that does not exist is a word to write otherwise: exit code 2', async () => {
  await using stand = await openStand()
  const { code, err } = await stand.pim(['login', 'azure', '--tenant', 'nosuch.example'])
  expect([code, err]).toEqual([2, expect.stringContaining('there is no tenant `nosuch.example`')])
})

describe('where nobody is signed in to the tenant that was named', () => {
  test.each([['whoami'], ['requests'], ['list', '--refresh']])(
    '`pim %s` says so, with the command',
    async (...words) => {
      await using stand = await openStand()
      const { code, err } = await stand.pim([...words, '--tenant', elsewhere])
      expect(code).toBe(4)
      expect(err).toContain(`not signed in to the tenant ${elsewhere}`)
      if (words[0] !== 'requests') expect(err).toContain(login)
      if (words[0] === 'whoami') expect(err.match(/error:/g)).toHaveLength(1)
    },
  )

  test('by the Azure CLI, its own command is named, and the other', async () => {
    await using stand = await openStand()
    const az = installAz(stand.folder)
    az.does(await personTokenScript(stand.tenant))
    const words = ['elevate', contributor, '-j', 'why', '--tenant', elsewhere]
    const { code, err } = await stand.pim(words, { env: az.env })
    expect(code).toBe(4)
    expect(err).toContain(`the Azure CLI is not signed in to the tenant ${elsewhere}`)
    expect(err).toContain(`run \`az login --tenant ${elsewhere}\` or ${login}`)
    // Roles and groups are none of its business, and no trouble where Azure is listed.
    const list = await stand.pim(['list', '--refresh'], { env: az.env })
    expect(list.code).toBe(0)
  })
})

test.each(['Contoso "Ltd"', "Fab'rikam", '$(touch x)', '`id`', 'a b'])(
  'a name of a tenant that a shell would read, %s, is typed as one word in hints',
  async (name) => {
    await using stand = await openSignedIn()
    const body = { value: [{ id: tenantId, displayName: name, verifiedDomains: [] }] }
    stand.tenant.fail({ surface: 'graph', path: '/organization', status: 200, body })
    expect((await stand.pim(['login', 'azure'])).code).toBe(0)
    const { err } = await stand.pim(['list', '--tenant', name, '--account', name])
    const [, line = ''] = /`(pim login azure .*)` signs in/.exec(err) ?? []
    const said = execFileSync('sh', ['-c', `for word in ${line}; do echo "$word"; done`])
    expect(said.toString().trimEnd().split('\n')).toEqual([
      'pim',
      'login',
      'azure',
      '--tenant',
      name,
      '--account',
      name,
    ])
  },
)
