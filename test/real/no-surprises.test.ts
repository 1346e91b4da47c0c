import { describe, expect, test } from 'vitest'

import { openSignedIn, type Stand } from './fixture.ts'

const reason = ['-j', 'first']
const targets = ['aws:sandbox-admin', 'azure:payments-prod/Contributor', 'group:sec-ops'] as const

async function elevated(target: string): Promise<Stand> {
  const stand = await openSignedIn()
  await stand.pim(['elevate', target, ...reason, '-d', '1h', '--wait', 'active'])
  stand.tenant.skewSeconds = 360
  return stand
}

describe.concurrent.each(targets)('extending %s', (target) => {
  test('to what is shorter than what is left changes nothing, and says so', async () => {
    await using stand = await elevated(target)
    const words = ['extend', target, '-d', '30m', '--yes']
    const { code, err } = await stand.pim(words)
    expect([code, err]).toEqual([0, expect.stringContaining('is already active until')])
    const { out } = await stand.pim([...words, '--json'])
    expect(JSON.parse(out).elevations).toMatchObject([{ state: 'active', changed: false }])
    expect(stand.events().filter((event) => event === 'elevation.requested')).toHaveLength(1)
    expect(stand.events()).not.toContain('elevation.released')
  })
})

test.concurrent('extending without consent: the document says that it is active', async () => {
  await using stand = await elevated('group:sec-ops')
  const { code, out } = await stand.pim(['extend', 'group:sec-ops', '-d', '2h', '--json'])
  expect(code).toBe(2)
  expect(JSON.parse(out).elevations).toMatchObject([
    { state: 'active', changed: false, error: { code: 'not-confirmed' } },
  ])
})

test.concurrent('`release --all` names the requests that are still open', async () => {
  await using stand = await openSignedIn()
  const asked = await stand.pim(['elevate', 'azure:payments-dev/Contributor', ...reason, '--json'])
  const [{ providerRequestId }] = JSON.parse(asked.out).elevations
  const { code, err } = await stand.pim(['release', '--all'])
  expect([code, err]).toEqual([0, expect.stringContaining('is still open; `pim cancel ')])
  expect(err).toContain(providerRequestId)
})

test.concurrent('a second reason for an open request is told not to be in it', async () => {
  await using stand = await openSignedIn()
  const words = ['elevate', 'azure:payments-dev/Contributor', '-t', 'OPS-1']
  await stand.pim([...words, ...reason])
  const { code, err } = await stand.pim([...words, '-j', 'second'])
  expect([code, err]).toEqual([
    5,
    expect.stringContaining('the open request keeps its reason, ticket and duration: "first"'),
  ])
})

test.concurrent.each([
  ['elevate', 'aws:sandbox-admin', '-j', 'why'],
  ['exec', 'aws:sandbox-admin', '-j', 'why', '--', 'true'],
  ['env', 'aws:sandbox-admin', '-j', 'why'],
  ['release', 'aws:sandbox-admin'],
])('--account is refused for an AWS target by pim %s', async (command, target, ...words) => {
  await using stand = await openSignedIn()
  const account = ['--account', 'bob@sandbox.example']
  const { code, err } = await stand.pim([command, target, ...account, ...words])
  expect([code, err]).toEqual([
    command === 'exec' ? 125 : 2,
    expect.stringContaining('`--account` chooses a sign-in to Microsoft'),
  ])
  expect(stand.calls('AssumeRole')).toHaveLength(0)
})

test.concurrent('what a credential_process says of secrets reaches neither screen nor log', async () => {
  await using stand = await openSignedIn()
  const { appendFileSync } = await import('node:fs')
  const said = 'token=hunter2SECRET password: pw123xyz Authorization: Bearer abc.def'
  appendFileSync(
    stand.env['AWS_CONFIG_FILE'] ?? '',
    `\n[profile talks]\ncredential_process = sh -c 'echo "${said}" >&2; exit 3'\n` +
      '[profile cprole]\nrole_arn = arn:aws:iam::123456789012:role/Admin\nsource_profile = talks\nservices = sandbox\nregion = us-east-1\n',
  )
  const { code, err } = await stand.pim(['elevate', 'aws:cprole', ...reason])
  expect(code).toBe(4)
  for (const text of [err, JSON.stringify(stand.records())]) {
    expect(text).toContain('[secret]')
    expect(text).not.toMatch(/hunter2|pw123|abc\.def/)
  }
})
