import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { startSandbox } from '../../../sandbox/sandbox.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { aws, hasAwsCli, hasMoto, motoServer } from '../aws-clients.ts'

/** Moto takes any parameters, but the form of its answers was made by others from the same model. */
describe.skipIf(!hasMoto || !hasAwsCli)('beside moto', () => {
  let folder: string
  let sandbox: Sandbox
  let moto: ChildProcess
  let motoEndpoint: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pim-sandbox-'))
    sandbox = await startSandbox({ folder, now: () => new Date() })
    moto = spawn(motoServer, ['-H', '127.0.0.1', '-p', '0'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    motoEndpoint = await addressOf(moto)
  }, 60_000)
  afterAll(async () => {
    moto.kill()
    await sandbox.stop()
    rmSync(folder, { recursive: true })
  })

  const role = [
    '--role-arn',
    'arn:aws:iam::123456789012:role/Admin',
    '--role-session-name',
    'alice',
  ]
  test.each([
    ['get-caller-identity', []],
    ['assume-role', [...role, '--policy', '{}']],
    ['get-session-token', []],
  ])('%s has the same members', async (command, words) => {
    const [ours, theirs] = await Promise.all(
      [sandbox.endpoint, motoEndpoint].map(async (endpoint) => {
        const flags = ['--profile', 'sandbox', '--output', 'json', '--endpoint-url', endpoint]
        const environment = { PATH: process.env['PATH'], HOME: folder, ...sandbox.environment }
        const { out, error } = await aws(['sts', command, ...words, ...flags], environment)
        expect(error).toBe('')
        return membersOf(JSON.parse(out))
      }),
    )
    expect(ours).toEqual(theirs)
  })
})

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    child.once('exit', () => reject(new Error(`moto_server ended: ${said}`)))
    child.stderr?.on('data', (text: Buffer) => {
      said += text.toString()
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
  })
}

function membersOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} ${typeof value}`]
  return Object.entries(value)
    .flatMap(([name, member]) => membersOf(member, `${path}/${name}`))
    .toSorted()
}
