import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

import { alice } from '../../../sandbox/aws/sts/roles.ts'
import { startSts } from '../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../sandbox/aws/server/server.ts'

async function startStsFor(journal?: string): Promise<StsServer> {
  const sts = await startSts({ now: () => new Date(), ...(journal !== undefined && { journal }) })
  onTestFinished(() => sts.stop())
  return sts
}

const signedFor = (service: string): string =>
  `AWS4-HMAC-SHA256 Credential=${alice.accessKeyId}/20260301/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`

function call(sts: StsServer, service: string, type: string, init: RequestInit = {}) {
  const headers = {
    authorization: signedFor(service),
    ...(type !== '' && { 'content-type': type }),
  }
  return fetch(sts.endpoint, { method: 'POST', body: 'x', ...init, headers })
}

const form = 'application/x-www-form-urlencoded'

test.each([
  ['sqs', form, 'text/xml', /<ErrorResponse .*<Code>NotInSandbox<\/Code>/],
  ['ec2', form, 'text/xml', /^<Response><Errors><Error><Code>NotInSandbox<\/Code>/],
  ['s3', '', 'text/xml', /^<Error><Code>NotInSandbox<\/Code>/],
  ['route53', 'text/xml', 'text/xml', /<ErrorResponse .*<Code>NotInSandbox<\/Code>/],
  [
    'dynamodb',
    'application/x-amz-json-1.0',
    'application/x-amz-json-1.0',
    /"__type":"NotInSandbox"/,
  ],
  ['lambda', '', 'application/json', /"__type":"NotInSandbox"/],
])(
  'a call to %s is refused for good, in its own protocol',
  async (service, type, answered, body) => {
    const sts = await startStsFor()
    const answer = await call(sts, service, type)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, answered])
    const text = await answer.text()
    expect(text).toMatch(body)
    expect(text.replaceAll('&apos;', "'")).toContain(`pim's sandbox has no ${service}`)
  },
)

test('a call to STS is no stranger, whatever is wrong with it', async () => {
  const answer = await call(await startStsFor(), 'sts', form)
  expect(await answer.text()).toContain('<Code>MissingAction</Code>')
})

test('what was sent to another service is not written down, and it costs no fault', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pim-strangers-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const journal = join(folder, 'journal')
  const sts = await startStsFor(journal)
  sts.fail({ code: 'Throttling' })
  const body = JSON.stringify({ SecretString: 'a-secret-of-theirs' })
  await call(sts, 'secretsmanager', 'application/x-amz-json-1.1', { body })
  expect(sts.calls).toMatchObject([
    { action: 'secretsmanager:POST', code: 'NotInSandbox', parameters: {} },
  ])
  expect(readFileSync(journal, 'utf8')).not.toContain('a-secret-of-theirs')
  expect(await (await call(sts, 'sts', form)).text()).toContain('<Code>Throttling</Code>')
})
