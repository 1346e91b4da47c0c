import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import {
  attemptAt,
  roomWithProvider,
  strangeServer,
  surroundWith,
  targetNamed,
  type StrangeServer,
} from './fixture.ts'

const credentials = {
  AccessKeyId: 'ASIA0000000000000001',
  SecretAccessKey: 'a-secret-of-the-server',
  SessionToken: 'a-token-of-the-server',
  Expiration: '2099-01-01T00:00:00Z',
}

function xml(fields: Record<string, string | undefined>): string {
  return Object.entries(fields)
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${value}</${name}>`))
    .join('')
}

const assumedXml = (keys: Partial<Record<string, string | undefined>>, arn?: string): string =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
  <Credentials>${xml({ ...credentials, ...keys })}</Credentials>
  <AssumedRoleUser>${xml({ Arn: arn, AssumedRoleId: 'x:y' })}</AssumedRoleUser>
  </AssumeRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`

const say =
  (body: string, status = 200, type = 'text/xml') =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'Content-Type': type }).end(body)

const arn = 'arn:aws:sts::123456789012:assumed-role/Admin/x'
const html = '<!DOCTYPE html><html><body>Sign in to the hotel</body></html>'

const lies: [string, (response: ServerResponse) => void][] = [
  ['says nothing', say('')],
  ['says nothing as HTML', say('', 200, 'text/html')],
  ['is a sign-in page', say(html, 200, 'text/html')],
  ['is a proxy’s error page', say(html, 502, 'text/html')],
  ['blocks us with a page of its own', say(html, 403, 'text/html')],
  ['speaks JSON', say('{"Credentials":{}}', 200, 'application/json')],
  ['speaks something binary', say('\u0000\u0001\uFFFD'.repeat(50))],
  ['stops in the middle of a tag', say(assumedXml({}, arn).slice(0, 150))],
  ['leaves the result out', say('<AssumeRoleResponse></AssumeRoleResponse>')],
  [
    'leaves the credentials out',
    say('<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>'),
  ],
  ['leaves the key id out', say(assumedXml({ AccessKeyId: undefined }, arn))],
  ['has a key id of several lines', say(assumedXml({ AccessKeyId: 'A\nAWS_X=1' }, arn))],
  ['leaves the secret key out', say(assumedXml({ SecretAccessKey: undefined }, arn))],
  ['leaves the token out', say(assumedXml({ SessionToken: undefined }, arn))],
  ['has an empty token', say(assumedXml({ SessionToken: '' }, arn))],
  ['leaves the end out', say(assumedXml({ Expiration: undefined }, arn))],
  ['has an end that is no time', say(assumedXml({ Expiration: 'tomorrow' }, arn))],
  ['leaves the role out', say(assumedXml({}))],
  ['names something that is no ARN', say(assumedXml({}, 'Admin'))],
  ['answers in a circle', (response) => void response.writeHead(302, { Location: '/' }).end()],
  ['answers with an error without a code', say('<ErrorResponse/>', 500)],
  ['speaks JSON in an error', say('{"message":"no"}', 400, 'application/json')],
  ['stops in the middle of an error', say('<ErrorResponse><Err', 400)],
  ['nests without an end', say(`${'<a>'.repeat(20_000)}${'</a>'.repeat(20_000)}`)],
  ['nests without an end in an error', say('<a>'.repeat(20_000), 403)],
  [
    'has a code that is no text',
    say('<ErrorResponse><Error><Code><a/></Code></Error></ErrorResponse>', 400),
  ],
  ['drops the connection', (response) => void response.socket?.destroy()],
  [
    'promises more than it sends',
    (response) => {
      response.writeHead(200, { 'Content-Length': '9999' }).write('<AssumeRoleResponse>')
      setTimeout(() => response.socket?.destroy(), 20)
    },
  ],
]

async function ask(server: StrangeServer): Promise<readonly unknown[]> {
  const { provider, env } = await roomWithProvider({ AWS_ENDPOINT_URL_STS: server.endpoint })
  surroundWith(env)
  const target = await targetNamed('sandbox-admin', provider)
  const { signal } = new AbortController()
  const failure = (call: Promise<unknown>) =>
    call.then(
      () => 'no error',
      (error: unknown) => error,
    )
  return [
    await failure(provider.activate(attemptAt(target))),
    await failure(provider.identify(target, signal)),
  ]
}

describe('a server that', () => {
  test.each(lies)('%s is an unavailable provider, and no crash', async (_, answer) => {
    const server = await strangeServer(answer)
    for (const error of await ask(server)) {
      expect(error).toBeInstanceOf(PimError)
      expect(error).toMatchObject({ kind: 'unavailable', exitCode: 6, target: 'aws:sandbox-admin' })
      const { message, hint } = error as PimError
      expect(`${message} ${hint}`).not.toMatch(/of-the-server/)
      expect(`${message} ${hint}`).not.toMatch(
        /aws-sdk|XML|undefined|call stack|is not a|deseriali/i,
      )
      expect(hint).toMatch(/\S/)
    }
    expect(server.requests()).toBeLessThanOrEqual(6)
  })

  test('refuses with a code nobody knows is taken at its word', async () => {
    const body =
      '<ErrorResponse><Error><Code>constructor</Code><Message>no</Message></Error></ErrorResponse>'
    for (const error of await ask(await strangeServer(say(body, 400)))) {
      expect(error).toMatchObject({ code: 'provider-refused', exitCode: 3 })
    }
  })
})
