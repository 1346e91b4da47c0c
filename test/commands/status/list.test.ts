import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { keysOf, startPim } from '../../pim.ts'

test('lists targets with their state, and calls nobody', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  const calls = pim.sandbox.sts.calls.length
  expect(await pim.says('list')).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    TARGET               ROLE      SCOPE         STATE
    aws:sandbox-admin    Admin     123456789012  active
    aws:sandbox-chained  Chained   123456789012  eligible
    aws:sandbox-denied   Denied    123456789012  eligible
    aws:sandbox-mfa      MfaAdmin  123456789012  eligible
    aws:sandbox-no-tags  NoTags    123456789012  eligible
    aws:sandbox-short    Short     123456789012  eligible
    aws:sandbox-web      Web       123456789012  eligible"
  `)
  expect(pim.sandbox.sts.calls).toHaveLength(calls)
})

test('--requirements says what they demand', async () => {
  const pim = await startPim()
  expect(await pim.says('list --requirements')).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    TARGET               ROLE      SCOPE         STATE     LONGEST  DEMANDS
    aws:sandbox-admin    Admin     123456789012  eligible  unknown  justification
    aws:sandbox-chained  Chained   123456789012  eligible  1h       justification
    aws:sandbox-denied   Denied    123456789012  eligible  unknown  justification
    aws:sandbox-mfa      MfaAdmin  123456789012  eligible  unknown  justification, mfa
    aws:sandbox-no-tags  NoTags    123456789012  eligible  unknown  justification
    aws:sandbox-short    Short     123456789012  eligible  unknown  justification
    aws:sandbox-web      Web       123456789012  eligible  unknown  justification"
  `)
})

describe('--json', () => {
  test('has these keys', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    const { stdout } = await pim.run('list --requirements --json')
    expect(keysOf(JSON.parse(stdout))).toEqual([
      'schema',
      'targets[].target',
      'targets[].provider',
      'targets[].role',
      'targets[].scope',
      'targets[].state',
      'targets[].expiresAt',
      'targets[].requirements.maxDuration',
      'targets[].requirements.justification',
      'targets[].requirements.ticket',
      'targets[].requirements.mfa',
      'targets[].requirements.approval',
      'notAsked[].provider',
      'notAsked[].reason',
    ])
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'pim.targets/v1', errors: [] })
  })

  test('of nothing is an empty list, not silence', async () => {
    const pim = await startPim()
    expect(JSON.parse((await pim.run('list nothing-like-it --json')).stdout)).toEqual({
      schema: 'pim.targets/v1',
      targets: [],
      errors: [],
      notAsked: ['azure', 'entra', 'group'].map((provider) => ({
        provider,
        reason: 'not-signed-in',
        targets: [],
      })),
    })
  })
})

describe('narrows', () => {
  test.each([
    ['list MFA', ['aws:sandbox-mfa']],
    ['list --active', ['aws:sandbox-admin']],
    ['list --active mfa', []],
    ['list chained --provider AWS', ['aws:sandbox-chained']],
  ])('pim %s', async (argv, names) => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    const { stdout } = await pim.run(`${argv} --json`)
    const { targets } = JSON.parse(stdout) as { targets: { target: string }[] }
    expect(targets.map(({ target }) => target)).toEqual(names)
  })

  test('to nothing, and says so on stderr', async () => {
    const pim = await startPim()
    expect(await pim.says('list nothing-like-it')).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: not listed: azure, entra, group; \`pim login azure\` signs in to Microsoft
      pim: No target contains \`nothing-like-it\`"
    `)
  })

  test('to a provider that there is', async () => {
    const pim = await startPim()
    expect(await pim.run('list --provider gcp')).toMatchObject({ code: 2, stdout: '' })
  })
})

test('a provider that fails is named on stderr and in errors', async () => {
  const pim = await startPim()
  const unreadable = join(pim.folder, 'a-folder')
  mkdirSync(unreadable)
  const env = { AWS_CONFIG_FILE: unreadable }
  const { code, stdout, stderr } = await pim.run('list --json', { env })
  expect(code).toBe(2)
  expect(JSON.parse(stderr)).toMatchObject({
    schema: 'pim.error/v1',
    error: { code: 'aws-config-unreadable', exitCode: 2, target: 'aws' },
  })
  expect((await pim.run('list', { env })).stderr).toContain(
    `pim: warning: aws: cannot read ${unreadable}`,
  )
  expect(JSON.parse(stdout)).toMatchObject({
    targets: [],
    errors: [{ provider: 'aws', error: { code: 'aws-config-unreadable', exitCode: 2 } }],
  })
})
