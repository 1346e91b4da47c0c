import { describe, expect, test, vi } from 'vitest'
import { startPim } from '../../pim.ts'

const elevate = (target: string, ...more: string[]) => [
  'elevate',
  `aws:${target}`,
  '-j',
  'why',
  ...more,
]

describe('a role that gives less than was asked says so', () => {
  test('no session tags', async () => {
    const pim = await startPim()
    expect(await pim.says(elevate('sandbox-no-tags'))).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-no-tags\` until 13:00
      pim: warning: \`aws:sandbox-no-tags\`: the role refuses session tags, so the reason is only in pim's audit log
      pim: elevated to \`aws:sandbox-no-tags\` until 13:00 (1h left)"
    `)
  })

  test('a shorter session', async () => {
    const pim = await startPim()
    expect(await pim.says(elevate('sandbox-short'))).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-short\` until 13:00
      pim: warning: \`aws:sandbox-short\`: 1h was asked for; 30m was granted, since the role allows less
      pim: elevated to \`aws:sandbox-short\` until 12:30 (30m left)"
    `)
  })

  test('a chained role, an hour', async () => {
    const pim = await startPim()
    expect(await pim.says(elevate('sandbox-chained', '-d', '4h'))).toMatchInlineSnapshot(`
      "exit code 0
      stderr:
      pim: arn:aws:iam::123456789012:user/alice asks for \`aws:sandbox-chained\` until 13:00
      pim: warning: \`aws:sandbox-chained\`: 4h was asked for; 1h is the longest that AWS grants to a chained role
      pim: elevated to \`aws:sandbox-chained\` until 13:00 (1h left)"
    `)
    expect(pim.assumed()).toEqual(['Admin', 'Chained'])
  })

  test('unless tags are required: then it is refused', async () => {
    const pim = await startPim()
    await pim.run('config set targets.aws:sandbox-no-tags.sessionTags require')
    expect(await pim.run(elevate('sandbox-no-tags'))).toMatchObject({ code: 3 })
    expect(pim.sandbox.sts.issued).toEqual([])
  })
})

describe('MFA', () => {
  test('the code comes from the flag, and is nowhere to be seen', async () => {
    const pim = await startPim()
    const ended = await pim.run(elevate('sandbox-mfa', '--mfa-token', '123456', '--verbose'))
    expect(ended.code).toBe(0)
    expect(`${ended.stdout}${ended.stderr}`.replaceAll('123456789012', '')).not.toContain('123456')
    expect(JSON.stringify(pim.records()).replaceAll('123456789012', '')).not.toContain('123456')
  })

  test('without it and without a terminal: exit code 4, the flag is named, nothing is called', async () => {
    const pim = await startPim()
    expect(await pim.says(elevate('sandbox-mfa'))).toMatchInlineSnapshot(`
      "exit code 4
      stderr:
      pim: error: a one-time code of arn:aws:iam::123456789012:mfa/alice for \`aws:sandbox-mfa\` is needed
      pim: hint: add \`--mfa-token CODE\`, or run this in a terminal"
    `)
    expect([pim.sandbox.sts.calls, pim.records()]).toEqual([[], []])
  })

  test('a wrong code is refused, and the hint says so', async () => {
    const pim = await startPim()
    const { code, stderr } = await pim.run(elevate('sandbox-mfa', '--mfa-token', '000000'))
    expect(code).toBe(4)
    expect(stderr).toContain('the one-time code is wrong')
  })

  test(
    'who waited while a wrong code was refused tries a code of their own',
    {
      timeout: 60_000,
    },
    async () => {
      const pim = await startPim()
      pim.sandbox.sts.fail({ action: 'AssumeRole', delayMs: 4000 })
      const wrong = pim.run(elevate('sandbox-mfa', '--mfa-token', '000000'))
      await vi.waitFor(() => expect(pim.assumed()).toHaveLength(1), { timeout: 50_000 })
      const right = pim.run(elevate('sandbox-mfa', '--mfa-token', '123456'))
      expect(await wrong).toMatchObject({ code: 4 })
      expect(await right).toMatchObject({ code: 0, stderr: expect.stringContaining('waiting for') })
      expect(pim.assumed()).toEqual(['MfaAdmin', 'MfaAdmin'])
    },
  )

  test('in a terminal a person is asked for target, reason and code, on stderr', async () => {
    const pim = await startPim()
    const ended = await pim.run('elevate', {
      answers: [
        { when: 'Elevate to', keys: 'mfa\r' },
        { when: 'Why is the access needed?', keys: 'because\r' },
        { when: 'One-time code', keys: '123456\r' },
      ],
    })
    expect(ended).toMatchObject({ code: 0, stdout: '' })
    expect(ended.stderr).toContain('elevated to `aws:sandbox-mfa` until 13:00')
    expect(pim.records()[0]).toMatchObject({ justification: 'because' })
    expect(ended.stderr.replaceAll('123456789012', '')).not.toContain('123456')
  })
})

describe('leaving a prompt', () => {
  test('with Ctrl-C is exit code 130, and nothing is called', async () => {
    const pim = await startPim()
    const ended = await pim.run('elevate aws:sandbox-admin', {
      answers: [{ when: 'Why', keys: '\u0003' }],
    })
    expect(ended.code).toBe(130)
    expect([pim.sandbox.sts.calls, pim.records()]).toEqual([[], []])
  })
})

describe('what the cloud answers becomes an exit code and a record', () => {
  test.each([
    ['AccessDenied', 403, 3, 'access-denied'],
    ['ExpiredToken', 403, 4, 'source-credentials-expired'],
    ['ThrottlingException', 400, 6, 'throttled'],
    ['InternalFailure', 500, 6, 'provider-failing'],
    ['PackedPolicyTooLarge', 400, 2, 'tags-too-large'],
  ])('%s', async (code, status, exitCode, pimCode) => {
    const pim = await startPim()
    pim.sandbox.sts.fail({ code, status, times: 9, action: 'AssumeRole' })
    const ended = await pim.run(elevate('sandbox-admin', '--json'))
    expect(ended.code).toBe(exitCode)
    expect(JSON.parse(ended.stdout)).toMatchObject({
      elevations: [
        { target: 'aws:sandbox-admin', state: 'failed', error: { code: pimCode, exitCode } },
      ],
    })
    expect(pim.records()).toMatchObject([
      { event: 'elevation.requested' },
      { event: 'elevation.failed', error: { code: pimCode, exitCode } },
    ])
  })

  test('an interruption is exit code 130, and on record', async () => {
    const pim = await startPim()
    pim.sandbox.sts.fail({ delayMs: 2000, action: 'AssumeRole' })
    const interrupt = new AbortController()
    const interval = setInterval(() => pim.assumed().length > 0 && interrupt.abort(), 10)
    const ended = await pim.run(elevate('sandbox-admin'), { interrupt: interrupt.signal })
    clearInterval(interval)
    expect(ended.code).toBe(130)
    expect(pim.records().at(-1)).toMatchObject({
      event: 'elevation.failed',
      error: { code: 'interrupted' },
    })
  })
})

describe('waiting until it works', () => {
  test('an elevation that does not work in time stands: exit code 5, with its id', async () => {
    const pim = await startPim()
    const { sts } = pim.sandbox
    // One call asks who we are; the one after it probes the new session, and takes its time.
    sts.fail({ delayMs: 0, action: 'GetCallerIdentity' })
    const unknown = {
      code: 'InvalidClientTokenId',
      status: 403,
      action: 'GetCallerIdentity',
    } as const
    sts.fail({ ...unknown, delayMs: 100, times: 9 })
    const interval = setInterval(() => pim.advance({ seconds: 2 }), 20)
    const ended = await pim.run(elevate('sandbox-admin', '--timeout', '1s', '--json'))
    clearInterval(interval)
    expect(ended.code).toBe(5)
    const [elevation] = (JSON.parse(ended.stdout) as { elevations: { id: string }[] }).elevations
    expect(elevation).toMatchObject({
      state: 'active',
      changed: true,
      error: { code: 'not-effective-yet' },
    })
    expect(ended.stderr).toContain(elevation?.id)
  })

  test('--wait none does not probe', async () => {
    const pim = await startPim()
    await pim.run(elevate('sandbox-admin', '--wait', 'none'))
    expect(pim.sandbox.sts.calls.map(({ action }) => action)).toEqual([
      'GetCallerIdentity',
      'AssumeRole',
    ])
  })
})
