import { rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { alice, sandboxMfaCode } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, run, type Cloud, type Environment } from './pim.ts'

const hasAwsCli = requirePart('aws', () => hasCommands('aws'))

const arn = (name: string) => `arn:aws:iam::123456789012:role/${name}`
const keys = `aws_access_key_id = ${alice.accessKeyId}\naws_secret_access_key = ${alice.secretAccessKey}\n`
const admin = `role_arn = ${arn('Admin')}\nsource_profile = base\n`

let cloud: Cloud
/** Nothing of AWS but the two files, and metadata that nobody is to ask for. */
let env: Environment
beforeEach(async () => {
  cloud = await openCloud()
  const none = Object.keys(cloud.env).filter((name) => name.startsWith('AWS_'))
  const files = {
    AWS_CONFIG_FILE: join(cloud.folder, 'aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(cloud.folder, 'aws', 'credentials'),
  }
  const unset = Object.fromEntries(none.map((name) => [name, undefined]))
  env = { ...unset, ...files, AWS_EC2_METADATA_DISABLED: 'true' }
})
afterEach(() => cloud[Symbol.asyncDispose]())

function write(config: string, credentials = `[base]\n${keys}`): void {
  writeFileSync(join(cloud.folder, 'aws', 'config'), config)
  writeFileSync(join(cloud.folder, 'aws', 'credentials'), credentials)
}

const withSts = (more: Environment = {}): Environment => ({
  ...env,
  AWS_ENDPOINT_URL_STS: cloud.sts.endpoint,
  ...more,
})

const pim = (words: readonly string[], more: Environment = withSts()) =>
  cloud.pim(words, { env: more })

/** The roles that were asked for, with what both tools send of a profile. */
const asked = (from: number) =>
  cloud
    .calls('AssumeRole')
    .slice(from)
    .map(({ accessKeyId, parameters: { RoleArn, ExternalId } }) => ({
      RoleArn,
      ExternalId,
      // An earlier role's keys are new each time.
      by: accessKeyId?.startsWith('AKIA') === true ? accessKeyId : 'a role',
    }))

describe.skipIf(!hasAwsCli)(
  'the role that the AWS CLI takes under a profile is the one of pim',
  () => {
    const cases: readonly [string, string, string][] = [
      [
        'a comment behind the next section',
        'dev',
        `[profile dev]\n${admin}[profile prod]#live\nrole_arn = ${arn('Other')}\nsource_profile = base\n`,
      ],
      ['a name with blanks', 'Prod Admin', `[profile "Prod Admin"]\n${admin}`],
      ['other letters', 'prød', `[profile prød]\n${admin}`],
      [
        'keys in capitals and a colon',
        'dev',
        `[profile dev]\nRole_ARN: ${arn('Admin')}\nSOURCE_PROFILE: base\n`,
      ],
      [
        'a blank value',
        'dev',
        `[profile dev]\n  region =\n  role_arn = ${arn('Admin')}\n  source_profile = base\n`,
      ],
      ['a value that goes on', 'dev', `[profile dev]\n${admin}external_id = abc\n  def\n`],
      [
        'a profile in two spellings',
        'dev',
        `[profile dev]\nrole_arn = ${arn('Other')}\nsource_profile = base\n[profile "dev"]\n${admin}`,
      ],
      [
        'what every section has',
        'dev',
        `[DEFAULT]\nsource_profile = base\n[profile dev]\nrole_arn = ${arn('Admin')}\n`,
      ],
      [
        'a chain',
        'dev',
        `[profile dev]\nrole_arn = ${arn('Chained')}\nsource_profile = mid\n[profile mid]\n${admin}`,
      ],
    ]
    test.each(cases)('%s', async (_, name, config) => {
      write(config.replaceAll('\nsource_profile', '\nregion = us-east-1\nsource_profile'))
      const surroundings = { ...cloud.env, ...withSts({ AWS_DEFAULT_REGION: 'us-east-1' }) }
      await run('aws', ['--profile', name, 'sts', 'get-caller-identity'], { env: surroundings })
      const theirs = asked(0)
      expect(theirs).not.toEqual([])
      rmSync(join(cloud.folder, 'home', '.aws'), { recursive: true, force: true })
      await pim(['exec', `aws:${name}`, '-j', 'why', '--', 'true'])
      // pim asks once more without what a role refuses; the roles stay the same.
      const ours = asked(theirs.length)
      expect(new Set(ours.map((call) => JSON.stringify(call)))).toEqual(
        new Set(theirs.map((call) => JSON.stringify(call))),
      )
    })
  },
)

test('every role of a chain gets the session name of its own profile', async () => {
  write(`[profile mid]
${admin}role_session_name = alice.smith
[profile dev]
role_arn = ${arn('Chained')}
source_profile = mid
region = us-east-1
`)
  await pim(['exec', 'aws:dev', '-j', 'why', '--', 'true'])
  const [first, second] = cloud.calls('AssumeRole').map(({ roleSessionName }) => roleSessionName)
  expect([first, second]).toEqual(['alice.smith', expect.stringMatching(/^alice-[0-9a-z]{12}$/)])
})

test('a file that the AWS CLI refuses is refused with its line, and doctor shows it', async () => {
  write(`[profile dev]\n${admin}\n[profile prod\nrole_arn = ${arn('Other')}\n`)
  const refused = await pim(['elevate', 'aws:dev', '-j', 'why'])
  expect(refused.code).toBe(2)
  expect(refused.err).toMatch(/cannot read \S*config, line 5: /)
  expect((await pim(['doctor'])).out).toMatch(/^fail aws: cannot read \S*config, line 5: /m)
  expect(cloud.calls('AssumeRole')).toEqual([])
})

test('a role’s ARN is that role, whatever a profile is called', async () => {
  const others = `role_arn = ${arn('Other')}\nsource_profile = base\n`
  write(
    `[profile 123456789012/Admin]\n${others}[profile ${arn('Admin')}]\n${others}[profile work]\n`,
  )
  const ended = await pim(
    ['exec', arn('Admin'), '-j', 'why', '--', 'true'],
    withSts({ AWS_PROFILE: 'base' }),
  )
  expect([ended.code, asked(0)[0]?.RoleArn]).toEqual([0, arn('Admin')])
  expect(cloud.records()[0]).toMatchObject({ target: `aws:${arn('Admin')}` })
})

test('the endpoint of [default] hears nothing of another target, nor its MFA code', async () => {
  const heard: string[] = []
  const stranger = createServer((request, response) => {
    heard.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void stranger.close())
  const { port } = stranger.address() as AddressInfo
  const mfa = `role_arn = ${arn('MfaOnly')}\nsource_profile = base\nmfa_serial = ${alice.mfaSerial}\n`
  write(`[default]
endpoint_url = http://127.0.0.1:${port}
[profile dev]
${mfa}services = own
region = us-east-1
[services own]
sts =
  endpoint_url = ${cloud.sts.endpoint}
`)
  const words = ['exec', 'aws:dev', '-j', 'why', '--mfa-token', sandboxMfaCode, '--', 'true']
  await pim(words, env)
  expect(heard).toEqual([])
  expect(cloud.calls('AssumeRole').map(({ parameters }) => parameters['RoleArn'])).toContain(
    arn('MfaOnly'),
  )
})

test('with empty keys in the environment, every role that is taken is on record', async () => {
  write(`[default]\n${admin}region = us-east-1\n`)
  const empty = withSts({ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })
  await pim(['whoami', '--provider', 'aws'], empty)
  expect(asked(0)).toEqual([])
  const { code, err } = await pim(
    ['exec', 'aws:123456789012/Chained', '-j', 'why', '--', 'true'],
    empty,
  )
  expect([code, err]).toEqual([0, expect.anything()])
  const roles = new Set(asked(0).map(({ RoleArn }) => RoleArn))
  expect(roles).toEqual(new Set([arn('Admin'), arn('Chained')]))
  expect(cloud.records().find(({ event }) => event === 'elevation.active')).toMatchObject({
    through: arn('Admin'),
    assumedRole: expect.stringContaining('assumed-role/Chained/'),
  })
})

describe('the region of a command', () => {
  const printed = '$AWS_REGION/$AWS_DEFAULT_REGION'
  const region = async (more: Environment = {}) => {
    const words = ['exec', 'aws:dev', '-j', 'why', '--', 'sh', '-c', `echo "${printed}"`]
    return (await pim(words, withSts(more))).out.trim()
  }

  test('is nobody’s where none is named', async () => {
    write(`[profile dev]\n${admin}`)
    expect(await region()).toBe('/')
  })

  test('is the target’s, and for one command the environment’s, also while it is active', async () => {
    write(`[default]\nregion = eu-west-3\n[profile dev]\n${admin}region = eu-west-1\n`)
    expect((await pim(['elevate', 'aws:dev', '-j', 'why'])).code).toBe(0)
    expect(await region()).toBe('eu-west-1/eu-west-1')
    expect(await region({ AWS_DEFAULT_REGION: 'ap-south-1' })).toBe('ap-south-1/ap-south-1')
    expect(await region({ AWS_REGION: 'us-west-2', AWS_DEFAULT_REGION: 'ap-south-1' })).toBe(
      'us-west-2/us-west-2',
    )
  })

  test('is that of the profile it starts from, or of [default]', async () => {
    write(`[default]\nregion = eu-west-3\n[profile dev]\n${admin}`)
    expect(await region()).toBe('eu-west-3/eu-west-3')
    write(
      `[default]\nregion = eu-west-3\n[profile base]\nregion = eu-west-2\n[profile dev]\n${admin}`,
    )
    expect(await region()).toBe('eu-west-2/eu-west-2')
  })
})
