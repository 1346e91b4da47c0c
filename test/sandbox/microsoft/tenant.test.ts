import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test } from 'vitest'

import {
  armRoles,
  armScopes,
  resourceGroup,
  sandboxEligibility,
  tenantEligibilities,
  tenantId,
} from '../../../sandbox/microsoft/seed/seed.ts'
import { put } from './arm/calls.ts'
import { graphScope, openTenant, stepUp } from './fixture.ts'

const list =
  '/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()'

describe('a fault', () => {
  test.each([
    [
      { status: 429, code: 'TooManyRequests', headers: { 'Retry-After': '7' } },
      [429, 'TooManyRequests', '7'],
    ],
    [{ code: 'RoleAssignmentExists' }, [400, 'RoleAssignmentExists', null]],
    [{ status: 503, body: { error: { code: 'Own' } } }, [503, 'Own', null]],
  ])('refuses one call: %j', async (fault, expected) => {
    const { tenant, arm } = await openTenant()
    tenant.fail({ surface: 'arm', ...fault })
    const { status, body, headers } = await arm(list)
    expect([status, body.error.code, headers.get('retry-after')]).toEqual(expected)
    expect((await arm(list)).status).toBe(200)
  })

  test.each([
    [{ surface: 'graph' } as const],
    [{ surface: 'arm', operation: 'list-active' } as const],
    [{ surface: 'arm', path: '/subscriptions/' } as const],
  ])('spares what it is not for: %j', async (where) => {
    const { tenant, arm } = await openTenant()
    tenant.fail({ ...where, status: 500 })
    expect((await arm(list)).status).toBe(200)
  })

  test('can keep its answer from the caller, with the work done or not', async () => {
    const { tenant, arm, ...room } = await openTenant()
    await arm(list)
    for (const drop of ['unheard', 'unanswered'] as const) {
      tenant.fail({ surface: 'arm', operation: 'activate', drop })
      await expect(
        put({ tenant, arm, ...room }, tenantEligibilities.prodContributor),
      ).rejects.toThrow('fetch failed')
    }
    expect(tenant.requests).toHaveLength(1)
    expect(tenant.calls.slice(-2)).toMatchObject([
      { status: 0, code: 'ConnectionDropped' },
      { status: 0, code: 'ConnectionDropped' },
    ])
  })

  test('at the sign-in has its form of errors', async () => {
    const { tenant, signIn } = await openTenant()
    tenant.fail({
      surface: 'authority',
      operation: 'token',
      code: 'invalid_grant',
      message: 'AADSTS50076: no',
    })
    expect(await signIn()).toMatchObject({
      error: 'invalid_grant',
      error_description: expect.stringMatching(/^AADSTS50076: no Trace ID: /),
    })
  })

  test('can be late, and outlives nobody', async () => {
    const { tenant, arm } = await openTenant()
    await arm(list)
    const before = tenant.calls.length
    tenant.fail({ surface: 'arm', delayMs: 60_000 })
    const call = arm(list).catch(() => 'cut')
    await expect.poll(() => tenant.calls.length).toBe(before + 1)
    await tenant.stop()
    expect(await call).toBe('cut')
  })
})

test('answers are dated by the clock of the tenant', async () => {
  const { tenant, arm } = await openTenant()
  tenant.skewSeconds = 90
  expect((await arm(list)).headers.get('date')).toBe('Sun, 01 Mar 2026 12:01:30 GMT')
})

test('the calls and the journal tell everything but secrets', async () => {
  const journal = join(mkdtempSync(join(tmpdir(), 'pim-journal-')), 'journal.jsonl')
  onTestFinished(() => rmSync(dirname(journal), { recursive: true }))
  const room = await openTenant({ journal })
  const tokens = await room.signIn({ claims: stepUp })
  await room.arm(list, { token: tokens['access_token'] ?? '' })
  const lines = readFileSync(journal, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown)
  expect(lines).toEqual(JSON.parse(JSON.stringify(room.tenant.calls)))
  expect(lines).toMatchObject([
    { surface: 'authority', operation: 'authorize', status: 302, claims: JSON.parse(stepUp) },
    {
      operation: 'token',
      request: { grant_type: 'authorization_code', code: '[secret]', code_verifier: '[secret]' },
      answer: {
        access_token: '[secret]',
        refresh_token: '[secret]',
        id_token: '[secret]',
        token_type: 'Bearer',
      },
    },
    {
      surface: 'arm',
      operation: 'list-eligible',
      caller: tenantEligibilities.prodContributor.principalId,
      query: { $filter: 'asTarget()' },
    },
  ])
  const text = JSON.stringify(lines)
  for (const name of ['access_token', 'refresh_token', 'id_token']) {
    expect(text).not.toContain(tokens[name])
  }
  expect(text).not.toMatch(/eyJ/)
})

test('can be as large as a tenant gets', async () => {
  const { tenant, arm } = await openTenant()
  const scopes = Array.from({ length: 1000 }, (_, index) =>
    resourceGroup(`rg-${index}`, armScopes.paymentsDev.id),
  )
  const roleId = armRoles.contributor.id
  tenant.add({
    scopes,
    eligibilities: scopes.map(({ id }) => sandboxEligibility({ kind: 'azure', roleId, scope: id })),
  })
  let seen = 0
  for (let next: string | undefined = list; next !== undefined;) {
    const { body } = await arm(next)
    seen += body.value.length
    next = body.nextLink
  }
  expect(seen).toBe(1008)
})

describe.skipIf(process.platform === 'win32')('its folder', () => {
  test('is for its owner only', async () => {
    const { folder } = await openTenant()
    const mode = (...parts: string[]) => statSync(join(folder, 'microsoft', ...parts)).mode & 0o777
    expect([mode(), mode('ca.pem'), mode('browser'), mode('azure'), mode('azd')]).toEqual([
      0o700, 0o600, 0o700, 0o700, 0o700,
    ])
  })

  test('has a browser that signs in from another process, in silence', async () => {
    const { tenant } = await openTenant()
    const got: string[] = []
    const server = createServer((request, response) => {
      got.push(new URL(request.url ?? '', 'http://localhost').searchParams.get('state') ?? '')
      response.end('done')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const query = new URLSearchParams({
      client_id: 'c',
      response_type: 'code',
      redirect_uri: `http://localhost:${port}/`,
      scope: graphScope,
      state: 'mine',
      code_challenge: 'x',
      code_challenge_method: 'S256',
    })
    const url = `${tenant.endpoints.authority}/${tenantId}/oauth2/v2.0/authorize?${query.toString()}`
    const { environment } = tenant
    const { stdout, stderr } = await promisify(execFile)(environment['BROWSER'] ?? '', [url], {
      env: { PATH: process.env['PATH'], ...environment },
    })
    server.close()
    expect([got, stdout, stderr, tenant.signIns]).toEqual([['mine'], '', '', 1])
  })
})
