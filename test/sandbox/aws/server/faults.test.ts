import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { startSts } from '../../../../sandbox/aws/server/server.ts'
import type { StsServer } from '../../../../sandbox/aws/server/server.ts'
import { alice } from '../../../../sandbox/aws/sts/roles.ts'
import { assume, clientOf, refusalOf } from '../../aws-clients.ts'

let folder: string
let journal: string
let sts: StsServer

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pim-sandbox-'))
  journal = join(folder, 'journal.jsonl')
  sts = await startSts({ now: () => new Date(), journal })
})
afterEach(async () => {
  await sts.stop()
  rmSync(folder, { recursive: true })
})

function journalLines(): Record<string, unknown>[] {
  const lines = readFileSync(journal, 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

test.each([
  { code: 'Throttling', status: 400, message: 'Rate exceeded' },
  { code: 'ServiceUnavailable', status: 503, message: 'down' },
  {
    code: 'ExpiredToken',
    status: 403,
    message: 'The security token included in the request is expired',
  },
])('refuses the next call with $code, and only that one', async (fault) => {
  sts.fail(fault)
  expect(await refusalOf(clientOf(sts).send(assume()))).toEqual(fault)
  await clientOf(sts).send(assume())
  expect(sts.calls.map(({ code }) => code)).toEqual([fault.code, undefined])
})

test('an SDK with attempts to spare gets through passing trouble', async () => {
  sts.fail({ code: 'InternalFailure', status: 500, times: 2 })
  await clientOf(sts, alice, 3).send(assume())
  expect(sts.calls.map(({ status }) => status)).toEqual([500, 500, 200])
})

test('a fault for one action spares the others', async () => {
  sts.fail({ code: 'Throttling', action: 'AssumeRole' })
  await clientOf(sts).send(new GetCallerIdentityCommand({}))
  expect(await refusalOf(clientOf(sts).send(assume()))).toMatchObject({ code: 'Throttling' })
})

test('a connection is cut before the work is done, or after', async () => {
  sts.fail({ drop: 'unheard' })
  sts.fail({ drop: 'unanswered' })
  await expect(clientOf(sts).send(assume())).rejects.toThrow()
  expect(sts.issued).toEqual([])
  await expect(clientOf(sts).send(assume())).rejects.toThrow()
  expect(sts.issued).toHaveLength(1)
  expect(journalLines()).toMatchObject([
    { code: 'ConnectionDropped' },
    { code: 'ConnectionDropped', issuedAccessKeyId: sts.issued[0]?.accessKeyId },
  ])
})

test('a late answer is in the journal while the caller still waits', async () => {
  sts.fail({ delayMs: 300 })
  let isAnswered = false
  const call = clientOf(sts)
    .send(assume())
    .then(() => (isAnswered = true))
  await expect.poll(() => sts.calls.length).toBe(1)
  expect(journalLines()).toHaveLength(1)
  expect(isAnswered).toBe(false)
  await call
})

test('stops at once, answers outstanding or not', async () => {
  sts.fail({ delayMs: 60_000 })
  const call = refusalOf(clientOf(sts).send(assume()))
  await expect.poll(() => sts.calls.length).toBe(1)
  const started = Date.now()
  await sts.stop()
  expect(await call).not.toMatchObject({ code: 'none' })
  expect(Date.now() - started).toBeLessThan(30_000)
})

test('the journal tells what was asked and issued, and no secret', async () => {
  const answer = await clientOf(sts).send(
    assume({ SerialNumber: alice.mfaSerial, TokenCode: '123456', DurationSeconds: 900 }),
  )
  expect(journalLines()).toEqual([
    {
      time: expect.stringMatching(/Z$/),
      requestId: answer.$metadata.requestId,
      action: 'AssumeRole',
      parameters: {
        RoleArn: 'arn:aws:iam::123456789012:role/Admin',
        RoleSessionName: 'alice',
        DurationSeconds: '900',
        SerialNumber: alice.mfaSerial,
        TokenCode: '[secret]',
      },
      accessKeyId: alice.accessKeyId,
      roleSessionName: 'alice',
      status: 200,
      issuedAccessKeyId: answer.Credentials?.AccessKeyId,
    },
  ])
  const stored = readFileSync(journal, 'utf8') + JSON.stringify([sts.calls, sts.issued])
  for (const secret of [answer.Credentials?.SecretAccessKey, answer.Credentials?.SessionToken]) {
    expect(stored).not.toContain(secret)
  }
})

test('the journal outlives a server that is killed', async () => {
  const other = join(folder, 'killed.jsonl')
  const program = `
    import { startSts } from ${JSON.stringify(new URL('../../../../sandbox/aws/server/server.ts', import.meta.url).href)}
    const sts = await startSts({ now: () => new Date(), journal: process.argv[1] })
    sts.fail({ delayMs: 60_000 })
    console.log(sts.endpoint)`
  const words = ['--input-type=module', '-e', program, other]
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [endpoint] = (await once(child.stdout, 'data')) as [Buffer]
  const call = fetch(endpoint.toString().trim(), { method: 'POST', body: 'Action=AssumeRole' })
  const ended = call.catch(() => 'cut')
  journal = other
  await expect
    .poll(
      () => {
        try {
          return journalLines().length
        } catch {
          return 0
        }
      },
      { timeout: 60_000 },
    )
    .toBe(1)
  child.kill('SIGKILL')
  expect(await ended).toBe('cut')
  expect(journalLines()).toMatchObject([{ action: 'AssumeRole' }])
})
