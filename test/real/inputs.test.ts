import { appendFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alice, sandboxRoles } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, type Cloud } from './pim.ts'
import { openSignedIn } from './fixture.ts'
import { Terminal } from './terminal.ts'

const owner = 'azure:payments-dev/Owner'
const device = alice.mfaSerial

test('without a terminal everything that is missing is named at once, and nothing is asked for', async () => {
  await using stand = await openSignedIn()
  const { code, out, err } = await stand.pim(['elevate', owner, 'aws:sandbox-mfa'])
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(
    `a justification, a ticket for \`${owner}\` and a one-time code of ${device} for \`aws:sandbox-mfa\` are needed`,
  )
  expect(stand.calls('AssumeRole')).toHaveLength(0)
  expect(stand.tenant.requests).toHaveLength(0)
  expect(stand.records()).toEqual([])
})

test('every target that is not there is named at once', async () => {
  await using cloud = await openCloud()
  const words = ['elevate', 'aws:nosuch', 'aws:sandbox-admin', 'aws:neither', '-j', 'why']
  const { code, err } = await cloud.pim(words)
  expect([code, err]).toEqual([
    2,
    expect.stringContaining('no targets `aws:nosuch`, `aws:neither`'),
  ])
  expect(cloud.calls('AssumeRole')).toHaveLength(0)
})

describe.concurrent('a start that may mean two times is refused, with what to write', () => {
  test.each([
    ['03/04/2027', '2027-03-04 09:00` or `2027-04-03 09:00'],
    ['2027-03-04 09:00 CST', 'offset'],
  ])('%s', async (start, advice) => {
    await using stand = await openSignedIn()
    const words = ['elevate', 'group:sec-ops', '-j', 'why', '--start', start]
    const { code, err } = await stand.pim(words)
    expect([code, err]).toEqual([2, expect.stringContaining(advice)])
    expect(stand.tenant.requests).toHaveLength(0)
    expect(stand.records()).toEqual([])
  })
})

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

describe.skipIf(!hasTmux)('two targets with one MFA device, in a terminal', () => {
  let cloud: Cloud
  let terminal: Terminal

  beforeEach(async () => {
    cloud = await openCloud()
    cloud.sts.mfaCodes = ['111111', '222222']
    appendFileSync(
      cloud.env['AWS_CONFIG_FILE'] ?? '',
      `\n[profile second]\nrole_arn = ${sandboxRoles.mfa.arn}\nsource_profile = sandbox\nmfa_serial = ${device}\nregion = us-east-1\nservices = sandbox\n`,
    )
    terminal = new Terminal(cloud)
  })
  afterEach(async () => {
    terminal.close()
    await cloud[Symbol.asyncDispose]()
  })

  test('the codes are asked for in the order of the targets, and nothing prints into a question', async () => {
    terminal.run('pim elevate aws:second aws:sandbox-mfa -j why -d 20m')
    await terminal.shows(`One-time code of ${device} for aws:second`)
    terminal.type('111111')
    const asked = `Next one-time code of ${device} for aws:sandbox-mfa`
    const screen = await terminal.shows(asked)
    const [, behind = ''] = screen.split(asked)
    expect(behind.trimEnd().split('\n').slice(1)).toEqual(['ctrl+t toggle visibility'])
    terminal.type('222222')
    await terminal.exits(0)
    expect(cloud.calls('AssumeRole')).toHaveLength(2)
  })
})
