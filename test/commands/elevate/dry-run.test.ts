import { describe, expect, test } from 'vitest'
import { keysOf, startPim } from '../../pim.ts'

const dryRun = (target: string, ...more: string[]) => [
  'elevate',
  target,
  '-j',
  'why',
  '--dry-run',
  ...more,
]

test('prints the plan on stdout and changes nothing', async () => {
  const pim = await startPim()
  expect(await pim.says(dryRun('aws:sandbox-chained', '-d', '4h'))).toMatchInlineSnapshot(`
    "exit code 0
    stdout:
    arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-chained\` until 13:00
    \`aws:sandbox-chained\`: 4h was asked for; 1h is the longest that AWS grants to a chained role
    dry run: nothing was changed"
  `)
  expect(pim.assumed()).toEqual([])
  expect(pim.records()).toEqual([])
})

test('with --json stdout is one document with these keys', async () => {
  const pim = await startPim()
  const { stdout } = await pim.run(dryRun('aws:sandbox-chained', '-d', '4h', '-t', '1', '--json'))
  const document: unknown = JSON.parse(stdout)
  expect(document).toMatchObject({
    schema: 'pim.plans/v1',
    plans: [
      { action: 'elevate', duration: 'PT1H', expiresAt: '2026-03-01T13:00:00.000Z', mfa: false },
    ],
  })
  expect(keysOf(document)).toEqual([
    'schema',
    'plans[].target',
    'plans[].action',
    'plans[].role',
    'plans[].scope',
    'plans[].justification',
    'plans[].ticket.number',
    'plans[].duration',
    'plans[].expiresAt',
    'plans[].mfa',
    'plans[].approval',
    'plans[].identity',
    'plans[].notices[]',
  ])
})

describe('says what else would happen', () => {
  test('a code would be asked for', async () => {
    const pim = await startPim()
    expect(await pim.says(dryRun('aws:sandbox-mfa'))).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-mfa\` until 13:00
      asks for the one-time code of arn:aws:iam::123456789012:mfa/alice
      dry run: nothing was changed"
    `)
  })

  test('nothing, since it is active', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    expect(await pim.says(dryRun('aws:sandbox-admin'))).toMatchInlineSnapshot(`
      "exit code 0
      stdout:
      \`aws:sandbox-admin\` is already active until 13:00 (1h left)"
    `)
  })

  test('a refusal, with its exit code', async () => {
    const pim = await startPim()
    const { code, stdout } = await pim.run('elevate aws:sandbox-admin --dry-run --json')
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toMatchObject({
      plans: [
        { target: 'aws:sandbox-admin', action: 'refuse', error: { code: 'missing-justification' } },
      ],
    })
  })

  test('less than the quarter of an hour that AWS grants at least is refused like for real', async () => {
    const pim = await startPim()
    const real = await pim.run('elevate aws:sandbox-admin -j why -d 5m')
    const dry = await pim.run(dryRun('aws:sandbox-admin', '-d', '5m'))
    expect([dry.code, real.code]).toEqual([2, 2])
  })
})
