import { appendFileSync } from 'node:fs'

import { describe, expect, test } from 'vitest'

import { alice, sandboxRoles } from '../../../sandbox/aws/sts/roles.ts'
import { startPim, type Pim } from '../../pim.ts'

const owner = 'azure:payments-dev/Owner'
const device = alice.mfaSerial

/** A second target whose role is assumed with a code of the same device. */
async function startWithTwo(codes: readonly string[]): Promise<Pim> {
  const pim = await startPim()
  pim.sandbox.sts.mfaCodes = codes
  appendFileSync(
    `${pim.folder}/aws/config`,
    `\n[profile second]\nrole_arn = ${sandboxRoles.mfa.arn}\nsource_profile = sandbox\nmfa_serial = ${device}\nregion = us-east-1\nservices = sandbox\n`,
  )
  return pim
}

const both = ['elevate', 'aws:second', 'aws:sandbox-mfa', '-j', 'why', '-d', '20m']
const errorOf = (stderr: string) =>
  JSON.parse(stderr.split('\n').find((line) => line.startsWith('{')) ?? '{}').error

describe('without anybody to ask, everything that is missing is named at once', () => {
  const nobody = { PIM_NO_INPUT: '1' }

  test.each([
    [['elevate', owner, 'aws:sandbox-mfa'], 2],
    [['exec', owner, 'aws:sandbox-mfa', '--', 'true'], 125],
  ])('by pim %s', async (argv, code) => {
    const pim = await startPim()
    await pim.signIn()
    const ended = await pim.run(['--json', ...argv], { env: nobody })
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(errorOf(ended.stderr)).toMatchObject({
      code: 'missing-input',
      exitCode: 2,
      message: `a justification, a ticket for \`${owner}\` and a one-time code of ${device} for \`aws:sandbox-mfa\` are needed`,
      hint: expect.stringMatching(/-j\/--justification .*-t\/--ticket .*--mfa-token/),
    })
    expect(ended.stderr.trim().split('\n')).toHaveLength(1)
    expect([pim.assumed(), pim.sandbox.tenant.requests, pim.records()]).toEqual([[], [], []])
  })

  test.each([
    ['elevate', 2, 'a target and a justification are needed'],
    ['exec', 125, 'a target, a command to run and a justification are needed'],
    ['exec -- true', 125, 'a target and a justification are needed'],
    ['exec aws:sandbox-admin', 125, 'a command to run and a justification are needed'],
    ['env', 2, 'a target and a justification are needed'],
    ['env aws:sandbox-mfa', 2, 'a justification and a one-time code of'],
    ['approve', 2, 'the ids of requests and a justification are needed'],
    ['deny', 2, 'the ids of requests and a justification are needed'],
    ['alias set', 2, '<name> and <target>'],
    ['webhook set', 2, '<name> and --format <format>'],
  ])('by pim %s', async (argv, code, message) => {
    const pim = await startPim()
    const ended = await pim.run(argv, { env: nobody })
    expect([ended.code, ended.stdout]).toEqual([code, ''])
    expect(ended.stderr).toContain(message)
    expect([pim.assumed(), pim.records()]).toEqual([[], []])
  })

  test('one code does not serve two targets, and none of them is elevated to', async () => {
    const pim = await startWithTwo(['111111', '222222'])
    const ended = await pim.run(['--json', ...both, '--mfa-token', '111111'], { env: nobody })
    expect(ended.code).toBe(4)
    expect(errorOf(ended.stderr)).toMatchObject({
      code: 'mfa-needed',
      target: 'aws:sandbox-mfa',
      message: `a one-time code of ${device} for \`aws:sandbox-mfa\` is needed`,
    })
    expect(pim.assumed()).toEqual([])
  })

  test('what is active already needs nothing', async () => {
    const pim = await startPim()
    await pim.signIn()
    const active = [owner, 'aws:sandbox-mfa']
    const given = ['-j', 'why', '-t', 'OPS-1', '-d', '20m', '--mfa-token', '123456']
    expect(await pim.run(['elevate', ...active, ...given])).toMatchObject({ code: 0 })
    const again = await pim.run(['elevate', ...active, '--json'], { env: nobody })
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout).elevations).toMatchObject([
      { changed: false, state: 'active' },
      { changed: false, state: 'active' },
    ])
  })

  test('a right that is extended: also the consent, and nothing is released', async () => {
    const pim = await startPim()
    await pim.signIn()
    await pim.run(['elevate', owner, '-j', 'why', '-t', 'OPS-1', '-d', '20m'])
    // There nobody knows why it was asked for.
    const elsewhere = { PIM_HOME: `${pim.folder}/elsewhere` }
    expect((await pim.run('login azure --quiet', { env: elsewhere })).code).toBe(0)
    const env = { ...nobody, ...elsewhere }
    const ended = await pim.run(['extend', owner, '-d', '25m', '--json'], { env })
    expect(ended.code).toBe(2)
    expect(errorOf(ended.stderr)).toMatchObject({
      code: 'missing-input',
      message: `a justification, a ticket for \`${owner}\` and your consent to a gap are needed`,
      hint: expect.stringContaining('`--yes`'),
    })
    expect(pim.sandbox.tenant.requests.map(({ action }) => action)).toEqual(['SelfActivate'])
  })
})

describe('a person is asked', () => {
  test('for the reason and the ticket, and then for each code, in the order of the targets', async () => {
    const pim = await startWithTwo(['111111', '222222'])
    await pim.signIn()
    const targets = ['aws:second', owner, 'aws:sandbox-mfa', 'aws:sandbox-no-tags']
    const ended = await pim.run(['elevate', ...targets, '-d', '20m'], {
      answers: [
        { when: 'Why is the access needed?', keys: 'restart\r' },
        { when: `Ticket for ${owner}:`, keys: 'OPS-1\r' },
        { when: `One-time code of ${device} for aws:second:`, keys: '111111\r' },
        {
          when: `Next one-time code of ${device} for aws:sandbox-mfa (each works once):`,
          keys: '222222\r',
        },
      ],
    })
    expect(ended.code).toBe(0)
    expect(pim.assumed().filter((role) => role === 'MfaAdmin')).toHaveLength(2)
    const [first] = pim.records().filter(({ target }) => target === owner)
    expect(first).toMatchObject({ justification: 'restart', ticket: { number: 'OPS-1' } })
  })

  test('for the next code where the same one is typed again, before AWS is asked', async () => {
    const pim = await startWithTwo(['111111', '222222'])
    const ended = await pim.run(both, {
      answers: [
        { when: 'One-time code', keys: '111111\r' },
        { when: 'Next one-time code', keys: '111111\r' },
        { when: 'was used already; wait for the next one', keys: `${'\u007F'.repeat(6)}222222\r` },
      ],
    })
    expect(ended.code).toBe(0)
    expect(pim.assumed()).toEqual(['MfaAdmin', 'MfaAdmin'])
  })

  test('for the second code alone where the first was given', async () => {
    const pim = await startWithTwo(['111111', '222222'])
    const ended = await pim.run([...both, '--mfa-token', '111111'], {
      answers: [{ when: 'Next one-time code', keys: '222222\r' }],
    })
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('for aws:sandbox-mfa (each works once)')
  })

  test('while nothing else is written to the terminal', async () => {
    const pim = await startWithTwo(['111111', '222222'])
    const question = `One-time code of ${device} for aws:second:`
    const { code, stderr } = await pim.run([...both, 'aws:sandbox-admin'], {
      answers: [
        {
          when: question,
          // The third target is elevated to in the meantime.
          after: () =>
            expect
              .poll(() => pim.records().map(({ event, target }) => `${event} ${target}`))
              .toContain('elevation.active aws:sandbox-admin'),
          keys: '111111\r',
        },
        { when: 'Next one-time code', keys: '222222\r' },
      ],
    })
    expect(code).toBe(0)
    const open = stderr.slice(stderr.indexOf(question), stderr.lastIndexOf(question))
    expect([open.length > 0, open.includes('pim: ')]).toEqual([true, false])
    expect(stderr.slice(stderr.lastIndexOf(question))).toContain('elevated to `aws:sandbox-admin`')
  })
})
