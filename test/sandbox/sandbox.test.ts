import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { startSandbox } from '../../sandbox/sandbox.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { alice, sandboxMfaCode, sandboxRoles } from '../../sandbox/aws/sts/roles.ts'
import { aws, hasAwsCli } from './aws-clients.ts'

let parent: string
let sandbox: Sandbox

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), 'pim-sandbox-'))
  sandbox = await startSandbox({ folder: join(parent, 'sandbox'), now: () => new Date() })
})
afterEach(async () => {
  await sandbox.stop()
  rmSync(parent, { recursive: true })
})

test('gives a command an environment of its own', () => {
  const { environment, folder, endpoint } = sandbox
  expect(environment).toEqual({
    PIM_HOME: join(folder, 'pim'),
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_PROFILE: 'sandbox',
    PIM_CREDENTIAL_STORE: 'file',
    PIM_STORE_PASSPHRASE: expect.stringMatching(/^[\w-]{32}$/),
    AWS_CONFIG_FILE: join(folder, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'aws', 'credentials'),
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...sandbox.tenant.environment,
  })
  expect(sandbox.namesToRemove).toEqual(
    expect.arrayContaining(['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN', 'AZURE_CLIENT_ID']),
  )
  expect(sandbox.namesToRemove.filter((name) => name in environment)).toEqual([])
})

test.skipIf(process.platform === 'win32')('keeps its files to their owner', () => {
  const mode = (...parts: string[]) => statSync(join(sandbox.folder, ...parts)).mode & 0o777
  expect([mode(), mode('aws')]).toEqual([0o700, 0o700])
  const files = ['config', 'credentials', 'web-identity-token']
  expect(files.map((name) => mode('aws', name))).toEqual([0o600, 0o600, 0o600])
})

test('leaves the folder in place when disposed, and the port free', async () => {
  await sandbox[Symbol.asyncDispose]()
  expect(readFileSync(join(sandbox.folder, 'aws', 'config'), 'utf8')).toContain('sandbox-admin')
  const port = Number(new URL(sandbox.endpoint).port)
  sandbox = await startSandbox({ folder: sandbox.folder, now: () => new Date(), port })
  expect(sandbox.endpoint).toBe(`http://127.0.0.1:${port}`)
})

const session = (role: string) =>
  expect.stringMatching(new RegExp(`^arn:aws:sts::123456789012:assumed-role/${role}/.+$`))
const profiles = [
  ['sandbox', alice.arn],
  ['sandbox-admin', session('Admin')],
  ['sandbox-no-tags', session('NoTags')],
  ['sandbox-chained', session('Chained')],
  ['sandbox-web', session('Web')],
] as const

describe('the real SDK', () => {
  // In a process of its own, since the environment is what leads it to the sandbox.
  const program = `
    import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
    import { fromIni } from '@aws-sdk/credential-provider-ini'
    const answers = await Promise.allSettled(process.argv.slice(1).map((profile) => {
      const credentials = fromIni({ profile, mfaCodeProvider: async () => '${sandboxMfaCode}' })
      return new STSClient({ credentials }).send(new GetCallerIdentityCommand({}))
    }))
    console.log(JSON.stringify(answers.map(({ value, reason }) => value?.Arn ?? reason.message)))`

  test('takes the profiles, and is refused where it should be', async () => {
    const env = { PATH: process.env['PATH'], HOME: parent, ...sandbox.environment }
    const names = [
      ...profiles.map(([name]) => name),
      'sandbox-mfa',
      'sandbox-short',
      'sandbox-denied',
    ]
    const words = ['--input-type=module', '-e', program, ...names]
    const { stdout } = await promisify(execFile)(process.execPath, words, { env })
    expect(JSON.parse(stdout)).toEqual([
      ...profiles.map(([, arn]) => arn),
      session('MfaAdmin'),
      // This SDK always asks for an hour.
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
      `User: ${alice.arn} is not authorized to perform: sts:AssumeRole on resource: ${sandboxRoles.denied.arn}`,
    ])
  })
})

describe.skipIf(!hasAwsCli)('the real aws CLI', () => {
  const run = (words: string[], endpoint = true) =>
    aws([...words, '--output', 'json', ...(endpoint ? ['--endpoint-url', sandbox.endpoint] : [])], {
      PATH: process.env['PATH'],
      HOME: parent,
      ...sandbox.environment,
    })

  test('takes the profiles', async () => {
    const expected = [...profiles, ['sandbox-short', session('Short')] as const]
    const answers = expected.map(async ([profile]) => {
      const { out, error } = await run(['sts', 'get-caller-identity', '--profile', profile], false)
      return error === '' ? (JSON.parse(out) as { Arn: string }).Arn : error
    })
    expect(await Promise.all(answers)).toEqual(expected.map(([, arn]) => arn))
  })

  test('reads what AssumeRole answers, and what it refuses', async () => {
    const assume = (name: string, ...more: string[]) => {
      const role = ['--role-arn', `arn:aws:iam::123456789012:role/${name}`]
      return run([
        'sts',
        'assume-role',
        '--profile',
        'sandbox',
        ...role,
        '--role-session-name',
        'alice',
        ...more,
      ])
    }
    const [granted, denied, long, code] = await Promise.all([
      assume('Admin', '--tags', 'Key=Ticket,Value=OPS-1', '--source-identity', 'alice'),
      assume('Denied'),
      assume('Short', '--duration-seconds', '3600'),
      assume('MfaAdmin', '--serial-number', alice.mfaSerial, '--token-code', '000000'),
    ])
    expect(JSON.parse(granted.out)).toMatchObject({
      SourceIdentity: 'alice',
      AssumedRoleUser: { Arn: 'arn:aws:sts::123456789012:assumed-role/Admin/alice' },
    })
    expect(denied.error).toContain(
      'An error occurred (AccessDenied) when calling the AssumeRole operation: User: arn:aws:iam::123456789012:user/alice is not',
    )
    expect(long.error).toContain(
      '(ValidationError) when calling the AssumeRole operation: The requested DurationSeconds exceeds the MaxSessionDuration',
    )
    expect(code.error).toContain(
      '(AccessDenied) when calling the AssumeRole operation: MultiFactorAuthentication failed with invalid MFA',
    )
  })

  test('meets no other service, and is told so', async () => {
    const lines = ['s3 ls', 'dynamodb list-tables', 'ec2 describe-regions', 'iam list-users']
    const answers = await Promise.all(lines.map((line) => run(line.split(' '), false)))
    for (const [index, { error }] of answers.entries()) {
      const service = lines[index]?.split(' ')[0]
      expect(error).toContain(`pim's sandbox has no ${service}`)
    }
  })

  test('gets a session token', async () => {
    const { out } = await run(['sts', 'get-session-token', '--profile', 'sandbox'])
    expect(JSON.parse(out)).toMatchObject({
      Credentials: { AccessKeyId: expect.stringMatching(/^ASIA/) },
    })
  })
})
