import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { hasCommands, requirePart } from './parts.ts'
import { pimFile, run, searchPath, start, type Environment, type Running } from './pim.ts'

const hasMoto = requirePart('moto', () => hasCommands('moto_server'))
const hasAwsCli = requirePart('aws', () => hasCommands('aws'))

describe.skipIf(!hasMoto || !hasAwsCli)('with moto for AWS and the aws CLI', () => {
  let folder: string
  let moto: Running
  let base: Environment

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pim-moto-'))
    const surroundings = { PATH: searchPath, HOME: folder }
    moto = start('moto_server', ['-H', '127.0.0.1', '-p', '0'], {
      env: surroundings,
      limitSeconds: 300,
    })
    moto.ended.catch(() => {})
    let said = ''
    moto.child.stderr?.on('data', (text) => (said += String(text)))
    await moto.says('Running on http://127.0.0.1:')
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0] ?? ''
    base = {
      ...surroundings,
      PIM_CREDENTIAL_STORE: 'file',
      PIM_STORE_PASSPHRASE: 'correct horse battery staple',
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
      AWS_ENDPOINT_URL_STS: endpoint,
      AWS_ENDPOINT_URL_IAM: endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
    }
    writeFileSync(join(folder, 'credentials'), longTermKeys)
    writeFileSync(join(folder, 'config'), config)
  })
  afterAll(async () => {
    moto.child.kill('SIGTERM')
    await moto.ended
    rmSync(folder, { recursive: true, force: true })
  })

  const longTermKeys =
    '[long-term]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = made-up\n'
  const config = `
[profile long-term]
region = us-east-1

[profile x]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/Deployer
source_profile = long-term

[profile y]
region = us-east-1
credential_process = ${pimFile} credentials aws:x
`
  let homes = 0
  const freshEnv = (): Environment => {
    const home = join(folder, `pim-${(homes += 1)}`)
    mkdirSync(home)
    return { ...base, PIM_HOME: home }
  }
  const pim = (words: readonly string[], env: Environment) =>
    run(process.execPath, [pimFile, ...words], { env })
  const identity = ['sts', 'get-caller-identity', '--output', 'json']
  // The first major version of the aws CLI does not read AWS_ENDPOINT_URL_STS in all its releases.
  const endpoint = (env: Environment) => ['--endpoint-url', env['AWS_ENDPOINT_URL_STS'] ?? '']
  const aws = (words: readonly string[], env: Environment) =>
    run('aws', [...words, ...endpoint(env)], { env })
  const assumedRole = {
    Account: '123456789012',
    Arn: expect.stringMatching(/^arn:aws:sts::123456789012:assumed-role\/Deployer\/.+-\w{12}$/),
  }

  test('elevates', async () => {
    const env = freshEnv()
    const { code, err } = await pim(['elevate', 'aws:x', '-j', 'try it'], env)
    expect([code, err.includes('elevated to `aws:x`')]).toEqual([0, true])
    const { out } = await pim(['elevate', 'aws:x', '--json'], env)
    expect(JSON.parse(out).elevations).toMatchObject([{ target: 'aws:x', state: 'active' }])
    expect(await pim(['status', '--check', 'aws:x'], env)).toMatchObject({ code: 0 })
  })

  test('`pim exec` lends the role to the aws CLI', async () => {
    const env = freshEnv()
    const words = ['exec', 'aws:x', '-j', 'look', '--', 'aws', ...identity, ...endpoint(env)]
    const { code, out } = await pim(words, env)
    expect([code, JSON.parse(out)]).toMatchObject([0, assumedRole])
    expect(await pim(['status', '--check', 'aws:x'], env)).toMatchObject({ code: 1 })
  })

  test('`pim exec` lends the role to a program that has a profile of its own set', async () => {
    const env = { ...freshEnv(), AWS_PROFILE: 'long-term' }
    const words = ['exec', 'aws:x', '-j', 'look', '--', 'aws', ...identity, ...endpoint(env)]
    const { code, out } = await pim(words, env)
    expect([code, JSON.parse(out)]).toMatchObject([0, assumedRole])
  })

  describe('`pim release --revoke`', () => {
    const name = 'PimRevokeOlderSessions-moto'
    const onRole = ['--role-name', 'Deployer']
    const onPolicy = [...onRole, '--policy-name', name]
    const iam = (words: readonly string[], env: Environment) =>
      aws(['iam', ...words, '--output', 'json'], { ...env, AWS_PROFILE: 'long-term' })
    /** A command as a person would paste it, at moto. */
    const pasted = (command: string, env: Environment) =>
      run('/bin/bash', ['-c', `${command} ${endpoint(env).join(' ')}`], {
        env: { ...env, AWS_PROFILE: 'long-term' },
      })
    const policyOf = async (env: Environment) => {
      const { code, out, err } = await iam(['get-role-policy', ...onPolicy], env)
      return code === 0 ? JSON.parse(out).PolicyDocument : err
    }
    const released = async (env: Environment) => {
      await pim(['elevate', 'aws:x', '-j', 'try it'], env)
      const { code, out } = await pim(['release', 'aws:x', '--revoke', '--json'], env)
      return { code, ...JSON.parse(out).elevations[0].revocation }
    }

    test('of a role that IAM does not know says so, and releases', async () => {
      const revocation = await released(freshEnv())
      expect(revocation).toMatchObject({ code: 3, error: { code: 'role-missing' } })
      expect(revocation).not.toHaveProperty('putCommand')
    })

    test('puts a policy that the aws CLI reads back, and names the command that removes it', async () => {
      const env = freshEnv()
      const before = Date.now()
      await iam(['create-role', ...onRole, '--assume-role-policy-document', '{}'], env)
      const { code, policyDocument, removeCommand } = await released(env)
      const policy = await policyOf(env)
      expect([code, policy]).toEqual([0, policyDocument])
      const [{ Condition, ...statement }] = policy.Statement
      expect(statement).toEqual({ Effect: 'Deny', Action: '*', Resource: '*' })
      expect(Condition.StringEquals).toEqual({ 'aws:SourceIdentity': 'moto' })
      const moment = Date.parse(Condition.DateLessThan['aws:TokenIssueTime'])
      expect(moment).toBeGreaterThan(before - 5000)
      expect(moment).toBeLessThan(Date.now() + 5000)
      expect(await pasted(removeCommand, env)).toMatchObject({ code: 0 })
      expect(await policyOf(env)).toContain('NoSuchEntity')
    })

    test('with IAM out of reach prints a command that does the same', async () => {
      const env = freshEnv()
      await pim(['elevate', 'aws:x', '-j', 'try it'], env)
      const away = { ...env, AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:9' }
      const { code, out, err } = await pim(['release', 'aws:x', '--revoke'], away)
      expect([code, err]).toEqual([6, expect.stringContaining('AWS_ENDPOINT_URL_IAM')])
      expect(await pasted(out.trimEnd(), env)).toMatchObject({ code: 0 })
      expect(await policyOf(env)).toMatchObject({ Version: '2012-10-17' })
      expect(await pim(['status', '--check', 'aws:x'], env)).toMatchObject({ code: 1 })
    })
  })

  describe('a profile with `credential_process = pim credentials aws:x`', () => {
    const asProfile = (env: Environment) => aws(['--profile', 'y', ...identity], env)

    test('acts with a live elevation', async () => {
      const env = freshEnv()
      await pim(['elevate', 'aws:x', '-j', 'try it'], env)
      const [first, second] = [await asProfile(env), await asProfile(env)]
      expect([first.code, JSON.parse(first.out)]).toMatchObject([0, assumedRole])
      expect(JSON.parse(second.out).Arn).toBe(JSON.parse(first.out).Arn)
    })

    test('acts with none, where a justification was left', async () => {
      const env = { ...freshEnv(), PIM_JUSTIFICATION: 'nightly job' }
      const { code, out } = await asProfile(env)
      expect([code, JSON.parse(out)]).toMatchObject([0, assumedRole])
      const { out: log } = await pim(['audit', '--json'], env)
      expect(JSON.parse(log).records).toMatchObject([
        { event: 'elevation.requested', justification: 'nightly job' },
        { event: 'elevation.active' },
        { event: 'credentials.issued', channel: 'credential_process' },
      ])
    })

    test('says what to type with none and no justification', async () => {
      const { code, out, err } = await asProfile(freshEnv())
      expect([code !== 0, out]).toEqual([true, ''])
      expect(err).toContain('there is no live elevation to `aws:x`')
      expect(err).toContain('pim elevate aws:x -j')
    })
  })
})
