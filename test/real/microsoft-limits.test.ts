import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TenantFault } from '../../sandbox/microsoft/server/faults.ts'
import { pimFile, start, type Ended } from './pim.ts'
import { openTenants, type ErrorJson, type TenantCloud, type Tenants } from './tenant.ts'

/** A hundred times of what is read. */
const endless = { status: 200, body: 'x'.repeat(100 * 1024 * 1024) }
/** Of whatever length the answer is: it would take hours. */
const trickle = { byteEveryMs: 2000 }

const surfaces = [
  ['azure', { surface: 'arm', operation: 'list-eligible' }],
  ['entra', { surface: 'graph', operation: 'list-eligible-roles' }],
  ['group', { surface: 'graph', operation: 'list-eligible-groups' }],
] as const

let tenants: Tenants

beforeAll(async () => {
  tenants = await openTenants(4, [])
})
afterAll(() => tenants[Symbol.asyncDispose]())

function run({ env }: TenantCloud, words: readonly string[]): Promise<Ended> {
  return start(process.execPath, [pimFile, ...words], { env, limitSeconds: 140 }).ended
}

/** What `pim list` says of a provider whose answer is in trouble. */
async function listed(kind: string, fault: TenantFault): Promise<readonly ErrorJson[]> {
  return tenants.lend(async (cloud) => {
    cloud.tenant.fail(fault)
    const words = ['list', '--json', '--refresh', '--provider', kind]
    const { code, out } = await run(cloud, words)
    const { errors } = JSON.parse(out) as { errors: { error: ErrorJson }[] }
    expect(code).toBe(6)
    return errors.map(({ error }) => error)
  })
}

async function signedIn(fault: TenantFault): Promise<Ended> {
  return tenants.lend(async (cloud) => {
    cloud.tenant.fail(fault)
    return run(cloud, ['login', 'azure'])
  })
}

describe.concurrent('an answer of 100 MB is given up', () => {
  test.each(surfaces)('by %s', async (kind, where) => {
    const errors = await listed(kind, { ...where, ...endless })
    expect(errors).toMatchObject([{ code: 'huge-answer', exitCode: 6 }])
    expect(errors[0]?.message).toMatch(/\b127\.0\.0\.1:\d+ sent an answer of more than 1 MiB$/)
  })

  test('at the sign-in', async () => {
    const { code, err } = await signedIn({ surface: 'authority', operation: 'token', ...endless })
    expect(code).toBe(6)
    expect(err).toMatch(/error: \S+ sent an answer of more than 1 MiB/)
    expect(err).toContain('AZURE_AUTHORITY_HOST')
  })
})

// As long as the limit is, all of them at once, and with nothing to do meanwhile.
describe.concurrent(
  'an answer that trickles is given up after a minute',
  { timeout: 150_000 },
  () => {
    test.each(surfaces)('by %s', async (kind, where) => {
      const errors = await listed(kind, { ...where, ...trickle })
      expect(errors).toMatchObject([{ code: 'no-answer', exitCode: 6 }])
      expect(errors[0]?.message).toMatch(
        /\b127\.0\.0\.1:\d+ did not finish its answer within 60 s$/,
      )
    })

    test('at the sign-in', async () => {
      const { code, err } = await signedIn({ surface: 'authority', operation: 'token', ...trickle })
      expect(code).toBe(6)
      expect(err).toMatch(/error: \S+ did not finish its answer within 60 s/)
    })
  },
)
