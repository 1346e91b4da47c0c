import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { minutes } from '../../../src/core/time/duration.ts'
import { sandboxRoles } from '../../../sandbox/aws/sts/roles.ts'
import { keysOf, startPim } from '../../pim.ts'
import { assume, clientOf, refusalOf } from '../../sandbox/aws-clients.ts'

const words = (command: string): readonly string[] =>
  execFileSync('/bin/bash', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)

test('denies the keys that went elsewhere, and says how to be rid of the policy', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  expect(await pim.says('release aws:sandbox-admin --revoke')).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: released \`aws:sandbox-admin\`; its keys end at 13:00
    pim: the policy \`PimRevokeOlderSessions-alice\` on the role Admin of 123456789012 denies the sessions of alice from before 2026-03-01 12:00:01; it takes minutes to work everywhere
    pim: the policy stays until you remove it: \`aws iam delete-role-policy --role-name Admin --policy-name PimRevokeOlderSessions-alice\`"
  `)
  expect(pim.records().at(-1)).toMatchObject({
    event: 'elevation.released',
    accessEndsAt: '2026-03-01T13:00:00.000Z',
    revokedBefore: '2026-03-01T12:00:01.000Z',
    revokePolicy: 'PimRevokeOlderSessions-alice',
    revokeRole: '123456789012/Admin',
  })
  expect((await pim.run('credentials aws:sandbox-admin')).code).toBe(2)
})

test('the keys that went elsewhere take no role any more, and what is asked for afterwards does', async () => {
  const pim = await startPim()
  const { stdout } = await pim.run('env aws:sandbox-admin -j why --shell json')
  const keys = JSON.parse(stdout)
  const elsewhere = clientOf(pim.sandbox.sts, {
    accessKeyId: keys.AWS_ACCESS_KEY_ID,
    secretAccessKey: keys.AWS_SECRET_ACCESS_KEY,
    sessionToken: keys.AWS_SESSION_TOKEN,
  })
  const take = () => elsewhere.send(assume({ RoleArn: sandboxRoles.chained.arn }))
  await take()
  await pim.run('release aws:sandbox-admin --revoke')
  expect(await refusalOf(take())).toMatchObject({
    code: 'AccessDenied',
    message: expect.stringContaining('with an explicit deny'),
  })
  // Admin's new session takes the next role.
  expect((await pim.run('elevate aws:sandbox-chained -j why')).code).toBe(0)
})

describe('where the caller may not', () => {
  test('the command for an administrator is the answer, and exit code 3 says that it was not done', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-short -j why')
    expect(await pim.says('release aws:sandbox-short --revoke')).toMatchInlineSnapshot(`
      "exit code 3
      stdout:
      aws iam put-role-policy --role-name Short --policy-name PimRevokeOlderSessions-alice --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"2026-03-01T12:00:01Z"},"StringEquals":{"aws:SourceIdentity":"alice"}}}]}'
      stderr:
      pim: released \`aws:sandbox-short\`; keys already handed out keep working until 12:30
      pim: error: aws:sandbox-short: the session is released here, but nothing denies its keys: could not put a policy on the role Short as yourself: User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:PutRolePolicy on resource: role Short because no identity-based policy allows the iam:PutRolePolicy action; as the session itself: User: arn:aws:sts::123456789012:assumed-role/Short/alice-<id> is not authorized to perform: iam:PutRolePolicy on resource: role Short because no identity-based policy allows the iam:PutRolePolicy action
      pim: hint: it takes iam:PutRolePolicy on the role; an administrator of 123456789012 can run the printed command"
    `)
    expect(pim.records().at(-1)).toMatchObject({
      event: 'elevation.released',
      revokeError: 'access-denied',
    })
    expect((await pim.run('status --check aws:sandbox-short')).code).toBe(1)
  })

  test('a shell takes that command apart into the words that it is of', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-short -j why')
    const { stdout } = await pim.run('release aws:sandbox-short --revoke')
    const [program, ...rest] = words(stdout.trimEnd())
    expect([program, ...rest.slice(0, 7)].join(' ')).toBe(
      'aws iam put-role-policy --role-name Short --policy-name PimRevokeOlderSessions-alice --policy-document',
    )
    expect(JSON.parse(rest[7] ?? '')).toMatchObject({ Version: '2012-10-17' })
    expect(rest).toHaveLength(8)
  })
})

test('where the answer of IAM is lost it is released all the same, the command printed, and exit code 6', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  pim.sandbox.sts.fail({ drop: 'unheard', times: 9, action: 'PutRolePolicy' })
  const { code, stdout, stderr } = await pim.run('release aws:sandbox-admin --revoke')
  expect([code, stdout.startsWith('aws iam put-role-policy ')]).toEqual([6, true])
  expect(stderr).toContain(
    'the session is released here, but pim does not know whether AWS denies its keys',
  )
  expect(pim.records().at(-1)).toMatchObject({ revokeError: 'no-answer' })
  expect((await pim.run('status --check aws:sandbox-admin')).code).toBe(1)
})

describe('without a source identity', () => {
  test('this session alone is denied', async () => {
    const pim = await startPim()
    await pim.run('config set targets.aws:sandbox-admin.sourceIdentity off')
    await pim.run('elevate aws:sandbox-admin -j why')
    const { code, stderr } = await pim.run('release aws:sandbox-admin --revoke')
    expect([code, stderr]).toEqual([0, expect.stringContaining('denies the sessions named alice-')])
  })

  test('and with a name that others have too, nothing is put or printed', async () => {
    const pim = await startPim()
    const config = join(pim.folder, 'aws', 'config')
    const { arn } = sandboxRoles.admin
    appendFileSync(
      config,
      `\n[profile shared]\nrole_arn = ${arn}\nsource_profile = sandbox\nrole_session_name = ci\n`,
    )
    await pim.run('config set targets.aws:shared.sourceIdentity off')
    await pim.run('elevate aws:shared -j why')
    expect(await pim.says('release aws:shared --revoke')).toMatchInlineSnapshot(`
      "exit code 3
      stderr:
      pim: released \`aws:shared\`; keys already handed out keep working until 13:00
      pim: error: aws:shared: the session is released here, but nothing denies its keys: the session has neither a source identity nor a name of its own, and a policy would deny others too
      pim: hint: let the role's trust policy allow sts:SetSourceIdentity, and set no role_session_name; \`pim config set targets.aws:shared.sourceIdentity require\` insists on it"
    `)
    expect(pim.sandbox.sts.calls.map(({ action }) => action)).not.toContain('PutRolePolicy')
  })
})

describe('--json', () => {
  test('has what was put where', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-admin -j why')
    const { code, stdout, stderr } = await pim.run('release aws:sandbox-admin --revoke --json')
    expect([code, stderr]).toEqual([0, ''])
    const { elevations } = JSON.parse(stdout)
    expect(elevations).toMatchObject([
      {
        state: 'released',
        accessEndsAt: '2026-03-01T13:00:00.000Z',
        revocation: {
          state: 'revoked',
          account: '123456789012',
          role: 'Admin',
          policyName: 'PimRevokeOlderSessions-alice',
          policyDocument: { Version: '2012-10-17' },
          deniesBefore: '2026-03-01T12:00:01.000Z',
          removeCommand:
            'aws iam delete-role-policy --role-name Admin --policy-name PimRevokeOlderSessions-alice',
        },
      },
    ])
    expect(keysOf(elevations).filter((key) => key.startsWith('[].revocation'))).toEqual([
      '[].revocation.state',
      '[].revocation.account',
      '[].revocation.role',
      '[].revocation.policyName',
      '[].revocation.policyDocument.Version',
      '[].revocation.policyDocument.Statement[].Effect',
      '[].revocation.policyDocument.Statement[].Action',
      '[].revocation.policyDocument.Statement[].Resource',
      '[].revocation.policyDocument.Statement[].Condition.DateLessThan.aws:TokenIssueTime',
      '[].revocation.policyDocument.Statement[].Condition.StringEquals.aws:SourceIdentity',
      '[].revocation.deniesBefore',
      '[].revocation.removeCommand',
    ])
  })

  test('has the command for an administrator, and stdout nothing beside it', async () => {
    const pim = await startPim()
    await pim.run('elevate aws:sandbox-short -j why')
    const { code, stdout, stderr } = await pim.run('release aws:sandbox-short --revoke --json')
    expect(code).toBe(3)
    expect(JSON.parse(stdout).elevations).toMatchObject([
      {
        state: 'released',
        changed: true,
        revocation: {
          state: 'not-revoked',
          putCommand: expect.stringContaining('aws iam put-role-policy --role-name Short'),
          error: { code: 'access-denied', exitCode: 3 },
        },
      },
    ])
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'access-denied' } })
  })
})

test('--all: every session is tried, and the exit code is the worst', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin aws:sandbox-short aws:sandbox-no-tags -j why')
  const { code, stdout } = await pim.run('release --all --revoke')
  expect(code).toBe(3)
  expect(stdout.match(/--role-name \w+/g)).toEqual(['--role-name Short'])
  const revoked = pim.records().filter(({ event }) => event === 'elevation.released')
  const outcomes = revoked.map(({ revokeRole, revokeError }) => revokeRole ?? revokeError)
  expect(new Set(outcomes)).toEqual(
    new Set(['123456789012/Admin', '123456789012/NoTags', 'access-denied']),
  )
})

test('what is not active here cannot be revoked, which is said with the way to it', async () => {
  const pim = await startPim()
  expect(await pim.says('release aws:sandbox-admin --revoke')).toMatchInlineSnapshot(`
    "exit code 2
    stderr:
    pim: error: \`aws:sandbox-admin\` is not active here: pim does not know which sessions to deny
    pim: hint: \`pim elevate aws:sandbox-admin\` and release that with \`--revoke\`: older sessions of the same source identity are denied with it"
  `)
  expect(pim.records()).toEqual([])
  expect(pim.sandbox.sts.calls).toEqual([])
})

test('for a right at Microsoft it changes nothing, says so, and is no error', async () => {
  const pim = await startPim()
  await pim.signIn()
  const target = 'azure:payments-prod/Contributor'
  await pim.run(`elevate ${target} -j why`)
  pim.advance(minutes(6))
  expect(await pim.says(`release ${target} --revoke`)).toMatchInlineSnapshot(`
    "exit code 0
    stderr:
    pim: released \`azure:payments-prod/Contributor\`
    pim: \`--revoke\` changes nothing for \`azure:payments-prod/Contributor\`; Microsoft ends it at once"
  `)
})

test('without it IAM is not called', async () => {
  const pim = await startPim()
  await pim.run('elevate aws:sandbox-admin -j why')
  await pim.run('release aws:sandbox-admin')
  expect(pim.sandbox.sts.calls.map(({ action }) => action)).not.toContain('PutRolePolicy')
  expect(Object.keys(pim.records().at(-1) ?? {}).filter((key) => /revoke/i.test(key))).toEqual([])
})
