import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { describe, expect, test, vi } from 'vitest'
import { identityCenterCredentials } from '../../../../src/providers/aws/identity-center/credentials.ts'
import { readSharedConfig } from '../../../../src/providers/aws/config/profiles.ts'
import { wayTo } from '../../../../src/providers/aws/source/resolve.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'
import { attemptAt, roomWithProvider, strangeServer, targetNamed, type Room } from '../fixture.ts'
import { failure, role, roomWithBase, told } from './fixture.ts'

describe('what a source’s server says stays out of the error', () => {
  const secret = 'a-token-that-is-echoed-back'
  const sso = `sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Developer`

  function signIn({ sandbox }: Room, text: string): string {
    const name = createHash('sha1').update('https://corp.awsapps.com/start').digest('hex')
    const path = join(sandbox.folder, '.aws', 'sso', 'cache', `${name}.json`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  const token = JSON.stringify({ accessToken: secret, expiresAt: '2099-01-01T00:00:00Z' })

  test.each([
    [
      'Identity Center',
      401,
      { __type: 'UnauthorizedException', message: `Session ${secret} is not found` },
      'there are no credentials to start from: the sign-in of the profile `base` gave none (UnauthorizedException)',
      'sign in with `aws sso login --profile base`',
    ],
    [
      'Identity Center, unreadably',
      200,
      secret,
      'could not get credentials for the profile `base`: AWS gave an answer that cannot be read',
      'check that AWS_ENDPOINT_URL_SSO leads to AWS',
    ],
  ])('%s', async (_, status, body, why, hint) => {
    const server = await strangeServer(
      (response) =>
        void response
          .writeHead(status, { 'Content-Type': 'application/json' })
          .end(
            typeof body === 'string'
              ? `{"roleCredentials":{"secretAccessKey":"${body}`
              : JSON.stringify(body),
          ),
    )
    const room = await roomWithBase(() => sso, { AWS_ENDPOINT_URL_SSO: server.endpoint })
    signIn(room, token)
    const error = await failure(room)
    expect([error.message, error.hint]).toEqual([why, hint])
    expect(told(error)).not.toContain(secret)
  })

  test('and what the configuration lacks is named', async () => {
    const room = await roomWithBase(() => 'sso_account_id = 123456789012')
    const target = await targetNamed('here', room.provider)
    await expect(
      room.provider.requirements(target, new AbortController().signal),
    ).rejects.toMatchObject({
      code: 'aws-profile-broken',
      message: expect.stringContaining('sso_start_url'),
    })
  })

  test('a sign-in that is half written is not quoted', async () => {
    const room = await roomWithBase(() => sso)
    const path = signIn(room, token.slice(0, 40))
    const error = await failure(room)
    expect(error.message).toContain(`the sign-in kept in ${path} cannot be read`)
    expect(told(error)).not.toContain('a-token')
  })

  test.each(['default', 'EcsContainer'])('a container’s endpoint, asked as %s', async (by) => {
    const server = await strangeServer((response) => void response.end(`{"Token":"${secret}`))
    const env = {
      AWS_PROFILE: '',
      AWS_CONTAINER_CREDENTIALS_FULL_URI: server.endpoint,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: secret,
    }
    const room = await roomWithProvider(env)
    const lines = by === 'default' ? '' : `\n[profile here]\n${role}\ncredential_source = ${by}\n`
    appendFileSync(join(room.sandbox.folder, 'aws', 'config'), lines)
    const { signal } = new AbortController()
    const call =
      by === 'default'
        ? room.provider.whoAmI(signal)
        : room.provider.identify(await targetNamed('here', room.provider), signal)
    const error = await call.catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'unreadable-answer',
      exitCode: 6,
      message: "could not get credentials from the container's endpoint: its answer cannot be read",
    })
    expect(told(error)).not.toMatch(/a-token|echoed/)
  })

  test('the STS that a web identity of the environment is sent to', async () => {
    const token = `e30.e30.${Buffer.from(secret).toString('base64url')}`
    const server = await strangeServer(
      (response) =>
        void response
          .writeHead(400, { 'Content-Type': 'text/xml' })
          .end(
            `<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>${token}</Message></Error></ErrorResponse>`,
          ),
    )
    const file = join(temporaryFolder(), 'token')
    writeFileSync(file, token)
    const room = await roomWithProvider({
      AWS_PROFILE: '',
      AWS_ENDPOINT_URL_STS: server.endpoint,
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/Pod',
    })
    const { signal } = new AbortController()
    expect(await room.provider.whoAmI(signal)).toMatchObject({ account: '123456789012' })
    expect(server.requests()).toBe(0)
    const target = room.provider.locate('123456789012/Admin', [])
    if (target === undefined) throw new Error('not located')
    const error = await room.provider.activate(attemptAt(target)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'identity-token-invalid' })
    expect(`${String(error)}${JSON.stringify(error)}`).not.toContain(token)
  })
})

test('Identity Center is asked in its own region, not in that of the role', async () => {
  const room = await roomWithBase(
    () => `sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Developer
region = us-east-1`,
  )
  const { folder } = room.sandbox
  const name = createHash('sha1').update('https://corp.awsapps.com/start').digest('hex')
  mkdirSync(join(folder, '.aws', 'sso', 'cache'), { recursive: true })
  writeFileSync(
    join(folder, '.aws', 'sso', 'cache', `${name}.json`),
    JSON.stringify({ accessToken: 'a-token', expiresAt: '2099-01-01T00:00:00Z' }),
  )
  vi.stubEnv('AWS_ENDPOINT_URL', undefined)
  const hosts: string[] = []
  const handler = new NodeHttpHandler()
  handler.handle = async ({ hostname }) => {
    hosts.push(hostname)
    throw new Error('nobody is to be asked')
  }
  const config = readSharedConfig({
    config: join(folder, 'aws', 'config'),
    credentials: join(folder, 'aws', 'credentials'),
  })
  const { AWS_ENDPOINT_URL: _, ...env } = room.env
  const way = wayTo(await targetNamed('here', room.provider), config, env)
  const options = { ...way, env, now: () => new Date() }
  await expect(identityCenterCredentials('base', options, handler)).rejects.toThrow()
  expect(hosts[0]).toBe('portal.sso.eu-west-1.amazonaws.com')
})
