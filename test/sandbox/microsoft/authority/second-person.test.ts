import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test } from 'vitest'

import type { Tenant } from '../../../../sandbox/microsoft/tenant.ts'
import {
  tenantAlice,
  tenantBob,
  tenantCarol,
  tenantId,
} from '../../../../sandbox/microsoft/seed/seed.ts'
import { graphScope, openTenant } from '../fixture.ts'

const loopback = 'http://localhost:1/'

function signInPage({ endpoints }: Tenant, more: Record<string, string>): string {
  const query = new URLSearchParams({
    client_id: 'c',
    response_type: 'code',
    redirect_uri: loopback,
    scope: graphScope,
    code_challenge: 'x',
    code_challenge_method: 'S256',
    claims: '{"access_token":{"xms_cc":{"values":["cp1"]}}}',
    ...more,
  })
  return `${endpoints.authority}/${tenantId}/oauth2/v2.0/authorize?${query.toString()}`
}

/** The object id of whoever signed in, from what the client is told. */
function personIn(back: URLSearchParams): string {
  const info = Buffer.from(back.get('client_info') ?? '', 'base64url').toString()
  return (JSON.parse(info) as { uid: string }).uid
}

describe('at the sign-in page sits', () => {
  test.each([
    [{}, tenantAlice],
    [{ login_hint: 'carol@sandbox.example' }, tenantCarol],
    [{ sandbox_person: 'bob' }, tenantBob],
    [{ sandbox_person: 'BOB@sandbox.example' }, tenantBob],
    [{ sandbox_person: 'bob', login_hint: 'alice@sandbox.example' }, tenantBob],
  ])('with %j: %o', async (more, expected) => {
    const { tenant } = await openTenant()
    const answer = await fetch(signInPage(tenant, more), { redirect: 'manual' })
    const { searchParams } = new URL(answer.headers.get('location') ?? loopback)
    expect(personIn(searchParams)).toBe(expected.id)
  })

  test('nobody whom the directory does not know', async () => {
    const { tenant } = await openTenant()
    const page = signInPage(tenant, { sandbox_person: 'mallory' })
    const answer = await fetch(page, { redirect: 'manual' })
    const { searchParams } = new URL(answer.headers.get('location') ?? loopback)
    expect(Object.fromEntries(searchParams)).toMatchObject({
      error: 'access_denied',
      error_description: expect.stringMatching(/^AADSTS50034: .* mallory /),
    })
    expect(tenant.signIns).toBe(0)
  })
})

test.skipIf(process.platform === 'win32').each([
  [{}, tenantAlice],
  [{ PIM_SANDBOX_PERSON: '' }, tenantAlice],
  [{ PIM_SANDBOX_PERSON: 'bob' }, tenantBob],
])('the stand-in browser of a process with %j signs in as that person', async (env, expected) => {
  const { tenant } = await openTenant()
  const got: URLSearchParams[] = []
  const server = createServer((request, response) => {
    got.push(new URL(request.url ?? '', loopback).searchParams)
    response.end('done')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const page = signInPage(tenant, { redirect_uri: `http://localhost:${port}/` })
  const { environment } = tenant
  await promisify(execFile)(environment['BROWSER'] ?? '', [page], {
    env: { PATH: process.env['PATH'], ...environment, ...env },
  })
  expect(got.map(personIn)).toEqual([expected.id])
})
