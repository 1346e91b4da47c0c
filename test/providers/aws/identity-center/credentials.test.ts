import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Room } from '../fixture.ts'
import { strangeServer, targetNamed } from '../fixture.ts'
import { failure, roomWithBase } from '../source/fixture.ts'

const session = 'My Corp Ltd'
const profile = `sso_session = ${session}
sso_account_id = 111122223333
sso_role_name = Dev
[sso-session '${session}']
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1`

/** A portal and the service that renews its tokens; both repeat what they are sent. */
async function portal(renewed: { readonly status: number; readonly body: object }) {
  const seen: string[] = []
  const server = await strangeServer((response, { url = '', headers }) => {
    const path = url.split('?')[0] ?? ''
    seen.push(`${path} ${String(headers['x-amz-sso_bearer_token'] ?? '')}`.trim())
    response.setHeader('Content-Type', 'application/json')
    const keys = {
      accessKeyId: 'ASIAIDENTITYCENTER01',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration: Date.now() + 3_600_000,
    }
    if (path === '/token') {
      response.statusCode = renewed.status
      response.end(JSON.stringify(renewed.body))
    } else response.end(JSON.stringify({ roleCredentials: keys }))
  })
  return { seen, endpoint: server.endpoint }
}

async function signedIn(minutesLeft: number, endpoint: string, more: object = {}) {
  const room = await roomWithBase(() => profile)
  Object.assign(room.env, {
    AWS_ENDPOINT_URL_SSO: endpoint,
    AWS_ENDPOINT_URL_SSO_OIDC: endpoint,
  })
  const name = createHash('sha1').update(session).digest('hex')
  const path = join(room.sandbox.folder, '.aws', 'sso', 'cache', `${name}.json`)
  mkdirSync(dirname(path), { recursive: true })
  const expiresAt = new Date(Date.now() + minutesLeft * 60_000).toISOString()
  writeFileSync(path, JSON.stringify({ accessToken: 'first', expiresAt, region: 'x', ...more }))
  return { room, path }
}

/** The sandbox does not know the keys, so that the call ends behind the portal. */
async function signs({ provider }: Room): Promise<void> {
  const target = await targetNamed('here', provider)
  const asked = provider.identify(target, new AbortController().signal)
  await expect(asked).rejects.toMatchObject({ code: 'source-credentials-unknown' })
}

const renewable = { refreshToken: 'again', clientId: 'me', clientSecret: 'hidden' }
const answer = {
  accessToken: 'second',
  expiresIn: 3600,
  refreshToken: 'later',
  tokenType: 'Bearer',
}

test('a session’s name may hold blanks', async () => {
  const { seen, endpoint } = await portal({ status: 500, body: {} })
  const { room } = await signedIn(60, endpoint)
  await signs(room)
  expect(new Set(seen)).toEqual(new Set(['/federation/credentials first']))
})

test('a token that is about to end is renewed, and kept for the AWS CLI with all that it holds', async () => {
  const { seen, endpoint } = await portal({ status: 200, body: answer })
  const { room, path } = await signedIn(2, endpoint, renewable)
  await signs(room)
  expect(seen).toContain('/token')
  expect(seen).toContain('/federation/credentials second')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    ...renewable,
    accessToken: 'second',
    refreshToken: 'later',
    region: 'x',
    expiresAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  })
  expect(statSync(path).mode & 0o077).toBe(0)
})

test('one that cannot be renewed serves to its end', async () => {
  const refused = { status: 400, body: { error: 'invalid_grant' } }
  const { seen, endpoint } = await portal(refused)
  const { room } = await signedIn(2, endpoint, renewable)
  await signs(room)
  expect(seen).toContain('/federation/credentials first')
})

test('one that has ended, where nobody answers the renewal, is not said to need a sign-in', async () => {
  const server = await strangeServer((response) => void response.socket?.destroy())
  const { room } = await signedIn(-1, server.endpoint, renewable)
  expect(await failure(room)).toMatchObject({
    code: 'no-answer',
    exitCode: 6,
    message: expect.stringMatching(/^could not get credentials for the profile `base`: /),
  })
})

test('one that has ended asks for a sign-in', async () => {
  const { seen, endpoint } = await portal({ status: 400, body: { error: 'invalid_grant' } })
  const { room } = await signedIn(-1, endpoint)
  expect(await failure(room)).toMatchObject({
    code: 'no-source-credentials',
    exitCode: 4,
    message: expect.stringMatching(/the sign-in to `My Corp Ltd` has expired/),
    hint: 'sign in with `aws sso login --profile base`',
  })
  expect(seen).toEqual([])
})
