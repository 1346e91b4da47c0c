import type { ServerResponse } from 'node:http'
import { describe, expect, test, vi } from 'vitest'
import type { Activation } from '../../../src/core/provider.ts'
import type { PimError } from '../../../src/core/errors.ts'
import { minutes, seconds, type Duration } from '../../../src/core/time/duration.ts'
import { alice } from '../../../sandbox/aws/sts/roles.ts'
import { attemptAt, roomWithProvider, strangeServer, targetNamed } from './fixture.ts'

const session = (account: string, name: string): string =>
  `arn:aws:sts::${account}:assumed-role/${name}/alice-0123456789ab`

interface Said {
  readonly source?: string
  readonly arn?: string
  readonly secretKey?: string
  readonly token?: string
  readonly lasts?: Duration
}

/** An STS that grants every request, in these words. */
function grant({ source, arn, secretKey, token, lasts = seconds(3600) }: Said) {
  const end = (): string => new Date(Date.now() + lasts.seconds * 1000).toISOString()
  return (response: ServerResponse): void =>
    void response.writeHead(200, { 'Content-Type': 'text/xml' }).end(
      `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult>
      <Credentials><AccessKeyId>ASIA0000000000000001</AccessKeyId>
      <SecretAccessKey>${secretKey ?? 'a-secret-of-the-server'}</SecretAccessKey>
      <SessionToken>${token ?? 'a-token-of-the-server'}</SessionToken>
      <Expiration>${end()}</Expiration></Credentials>
      <AssumedRoleUser><Arn>${arn ?? session('123456789012', 'Admin')}</Arn></AssumedRoleUser>
      ${source === undefined ? '' : `<SourceIdentity>${source}</SourceIdentity>`}
      </AssumeRoleResult></AssumeRoleResponse>`,
    )
}

async function activated(
  answer: (response: ServerResponse) => void,
  name = 'sandbox-admin',
): Promise<Activation> {
  const server = await strangeServer(answer)
  const { provider } = await roomWithProvider({ AWS_ENDPOINT_URL_STS: server.endpoint })
  return provider.activate(attemptAt(await targetNamed(name, provider)))
}

describe('a session that was not asked for is not taken', () => {
  test.each<[string, Said, RegExp]>([
    ['for another account', { arn: session('210987654321', 'Admin') }, /210987654321/],
    ['for another role', { arn: session('123456789012', 'Reader') }, /assumed-role\/Reader/],
    [
      'under another name',
      { arn: session('123456789012', 'Admin').replace('alice-', 'mallory-') },
      /Admin\/mallory-/,
    ],
    [
      'in another partition',
      { arn: session('123456789012', 'Admin').replace('arn:aws:', 'arn:aws-cn:') },
      /arn:aws-cn:/,
    ],
    ['with another source identity', { source: 'mallory' }, /source identity is mallory/],
    ['for the role in other case', { arn: session('123456789012', 'admin') }, /\/admin\//],
    ['that has ended', { lasts: minutes(-1) }, /ended already/],
    ['that ends within a minute', { lasts: seconds(58) }, /ended already/],
    [
      'that lasts longer than asked for',
      { lasts: minutes(66) },
      /lasts until [^a-z]*\(in \d+[hm]\)/,
    ],
    ['without an end worth the name', { lasts: seconds(1e9) }, /lasts until [^a-z]*\(in \d+[hm]\)/],
  ])('%s', async (_, said, why) => {
    const error = await activated(grant(said)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      kind: 'unavailable',
      code: 'contradicting-answer',
      exitCode: 6,
      target: 'aws:sandbox-admin',
      message: expect.stringMatching(why),
      hint: expect.stringContaining('arn:aws:iam::123456789012:role/Admin'),
    })
    expect(JSON.stringify(error)).not.toContain('of-the-server')
  })

  test.each<[string, Said]>([
    ['of the length that was asked for', {}],
    ['of a few minutes more, as clocks differ', { lasts: minutes(64) }],
    ['with its source identity', { source: 'alice' }],
    ['that is shorter', { lasts: minutes(15) }],
    ['that has a minute left', { lasts: seconds(65) }],
  ])('but one %s is', async (_, said) => {
    expect(await activated(grant(said))).toMatchObject({ state: 'active' })
  })
})

describe('an answer that holds what no honest one does', () => {
  const arn = (text: string): Said => ({ arn: text })
  test.each<[string, Said]>([
    ['a secret key with a line end', { secretKey: 'a&#10;b-of-the-server' }],
    ['a secret key with a space', { secretKey: 'a b-of-the-server' }],
    ['a secret key that is not ASCII', { secretKey: 'ä-of-the-server' }],
    ['a secret key without an end', { secretKey: 'x'.repeat(257) }],
    ['a token with a control character', { token: 'a&#127;b-of-the-server' }],
    ['a token with a space', { token: 'a b-of-the-server' }],
    ['a token without an end', { token: 'x'.repeat(16_385) }],
    ['an ARN of a user', arn('arn:aws:iam::123456789012:user/alice')],
    ['an ARN of a role', arn('arn:aws:iam::123456789012:role/Admin')],
    ['an ARN without a session', arn('arn:aws:sts::123456789012:assumed-role/Admin')],
    ['an ARN with a short account', arn('arn:aws:sts::12345:assumed-role/Admin/x-1')],
    ['an ARN with more behind it', arn(`${session('123456789012', 'Admin')} and`)],
  ])('%s', async (_, said) => {
    const error = await activated(grant(said)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'unavailable', exitCode: 6, target: 'aws:sandbox-admin' })
    const { message, hint } = error as PimError
    expect(`${message} ${hint}`).not.toMatch(/of-the-server|x{257}/)
  })

  test('the longest that are honest are taken', async () => {
    const said = { secretKey: 'x'.repeat(256), token: 'x'.repeat(16_384) }
    expect(await activated(grant(said))).toMatchObject({ state: 'active' })
  })
})

describe('what the request was signed with does not come back', () => {
  const secrets = ['sandbox-secret', alice.secretAccessKey]

  test('from a server that repeats it in message, code and id', async () => {
    const refuse = (response: ServerResponse): void =>
      void response
        .writeHead(403, { 'Content-Type': 'text/xml', 'x-amzn-requestid': alice.secretAccessKey })
        .end(
          `<ErrorResponse><Error><Code>No${alice.secretAccessKey}</Code>
          <Message>key ${alice.secretAccessKey}</Message></Error></ErrorResponse>`,
        )
    const error = await activated(refuse).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ exitCode: 3, provider: { code: 'No[secret]' } })
    const { message, hint, provider } = error as PimError
    for (const secret of secrets) {
      expect(JSON.stringify({ message, hint, provider })).not.toContain(secret)
    }
  })
})

describe('the id of a request that was refused', () => {
  const refuse =
    (id: string, headers = {}) =>
    (response: ServerResponse) =>
      void response
        .writeHead(400, { 'Content-Type': 'text/xml', ...headers })
        .end(
          `<ErrorResponse><Error><Code>New</Code><Message>no</Message></Error>${id}</ErrorResponse>`,
        )

  test.each([
    [
      'a header',
      refuse('', { 'x-amzn-requestid': 'r-1' }),
      { requestId: 'r-1' },
      'code and request id are',
    ],
    [
      'the body',
      refuse('<RequestId>r-2</RequestId>'),
      { requestId: 'r-2' },
      'code and request id are',
    ],
    ['neither', refuse(''), {}, 'code is'],
    ['the body, and is none', refuse('<RequestId>a b</RequestId>'), {}, 'code is'],
  ])('is in %s', async (_, answer, id, hint) => {
    const error = await activated(answer).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'provider-refused',
      provider: { code: 'New', status: 400 },
    })
    expect((error as PimError).provider).toEqual({ code: 'New', status: 400, ...id })
    expect((error as PimError).hint).toBe(
      `pim does not know this answer; its ${hint} in the output of \`--json\``,
    )
  })
})

test('an answer that comes in drops is given up on after a minute', async () => {
  const server = await strangeServer((response) => {
    response.writeHead(200, { 'Content-Type': 'text/xml' })
    const drops = setInterval(() => void response.write(' '), 5)
    response.on('close', () => clearInterval(drops))
  })
  const { provider } = await roomWithProvider({ AWS_ENDPOINT_URL_STS: server.endpoint })
  const target = await targetNamed('sandbox-admin', provider)
  const native = globalThis.setTimeout
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let waitedSeconds = 0
    let isOver = false
    const call = provider.activate(attemptAt(target)).finally(() => {
      isOver = true
    })
    call.catch(() => {})
    while (server.requests() === 0) await new Promise((resolve) => native(resolve, 5))
    for (; !isOver && waitedSeconds < 120; waitedSeconds += 1) {
      await vi.advanceTimersByTimeAsync(1000)
      // Sockets keep their own time.
      await new Promise((resolve) => native(resolve, 2))
    }
    await expect(call).rejects.toMatchObject({
      code: 'provider-too-slow',
      exitCode: 6,
      target: 'aws:sandbox-admin',
    })
    expect(waitedSeconds).toBeGreaterThanOrEqual(59)
    expect(waitedSeconds).toBeLessThanOrEqual(61)
  } finally {
    vi.useRealTimers()
  }
})
