import { appendFileSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openPortal } from './portal.ts'
import { openCloud, type Cloud, type Environment } from './pim.ts'

let cloud: Cloud

beforeEach(async () => {
  cloud = await openCloud()
  return () => cloud[Symbol.asyncDispose]()
})

function profiles(lines: string): void {
  appendFileSync(cloud.env['AWS_CONFIG_FILE'] ?? '', `\n${lines}\n`)
}

describe('a file that holds no web identity token', () => {
  test.each(['a private key', 'a JSON file', 'nothing'])('%s is sent nowhere', async (kind) => {
    const texts: Record<string, string> = {
      'a private key': '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n',
      'a JSON file': '{"accessToken":"hidden.hidden.hidden"}',
      nothing: '',
    }
    const file = join(cloud.folder, 'token')
    writeFileSync(file, texts[kind] ?? '')
    profiles(`[profile here]
role_arn = arn:aws:iam::123456789012:role/Admin
web_identity_token_file = ${file}`)
    const { code, out, err } = await cloud.pim(['elevate', 'aws:here', '-j', 'why'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(`the file ${file} holds no web identity token`)
    expect(err).not.toMatch(/hidden|PRIVATE|c2VjcmV0/)
    expect(cloud.calls('AssumeRoleWithWebIdentity')).toEqual([])
  })
})

describe('an endpoint that gives no credentials', () => {
  const answers: [string, RequestListener | undefined, number, string][] = [
    ['is not there', undefined, 6, 'no connection to 127.0.0.1:9 (nothing listens there)'],
    ['answers 503', (_, response) => void response.writeHead(503).end(), 6, 'it answered 503'],
    [
      'answers nonsense',
      (_, response) => void response.end('<html>'),
      6,
      'its answer cannot be read',
    ],
    ['refuses', (_, response) => void response.writeHead(403).end(), 4, 'endpoint gave none'],
  ]
  test.each(answers)(
    'of a container that %s',
    async (_, listener, code, words) => {
      profiles(`[profile here]
role_arn = arn:aws:iam::123456789012:role/Admin
credential_source = EcsContainer`)
      await using server = await openPortal(listener ?? (() => undefined))
      const endpoint = listener === undefined ? 'http://127.0.0.1:9' : server.endpoint
      const env = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `${endpoint}/keys` }
      const ended = await cloud.pim(['elevate', 'aws:here', '-j', 'why'], { env })
      expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(words)])
    },
    60_000,
  )

  test('of a machine that is not there, or is switched off', async () => {
    profiles(`[profile here]
role_arn = arn:aws:iam::123456789012:role/Admin
credential_source = Ec2InstanceMetadata`)
    const elevate = (env: Environment) => cloud.pim(['elevate', 'aws:here', '-j', 'why'], { env })
    const away = await elevate({
      AWS_EC2_METADATA_DISABLED: '',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
    })
    expect([away.code, away.err]).toEqual([6, expect.stringContaining('nothing listens there')])
    const off = await elevate({ AWS_EC2_METADATA_DISABLED: 'true' })
    expect([off.code, off.err]).toEqual([
      4,
      expect.stringContaining('AWS_EC2_METADATA_DISABLED is set'),
    ])
  }, 60_000)
})
