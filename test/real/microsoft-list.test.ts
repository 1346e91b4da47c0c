import { afterAll, beforeAll, expect, test } from 'vitest'

import { tenantBob, tenantEligibilities } from '../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility, PimKind } from '../../sandbox/microsoft/seed/model.ts'
import type { TenantCall } from '../../sandbox/microsoft/server/journal.ts'
import { newTargets } from './new-targets.ts'
import { openSignedIn, type Answer, type ErrorJson, type TenantCloud } from './tenant.ts'

/** What each surface lists, and what its list of eligibilities is called. */
const surfaces = [
  ['azure', 'arm', 'list-eligible'],
  ['entra', 'graph', 'list-eligible-roles'],
  ['group', 'graph', 'list-eligible-groups'],
] as const satisfies readonly (readonly [PimKind, 'arm' | 'graph', string])[]

const count = 1000
const pageSize = 200

let cloud: TenantCloud

beforeAll(async () => {
  cloud = await openSignedIn()
  cloud.tenant.pageSize = pageSize
  const all: readonly Eligibility[] = Object.values(tenantEligibilities)
  const seeded = all.filter(({ principalId }) => principalId !== tenantBob.id)
  for (const [kind] of surfaces) {
    const has = seeded.filter((one) => one.kind === kind).length
    cloud.tenant.add(newTargets(kind, count - has).seed)
  }
  // The tokens of now serve all that follows.
  await list('--refresh')
})
afterAll(() => cloud[Symbol.asyncDispose]())

interface Listed extends Answer {
  readonly of: (kind: PimKind) => readonly string[]
  readonly errors: readonly { readonly provider: string; readonly error: ErrorJson }[]
  /** What it asked the tenant. */
  readonly calls: readonly TenantCall[]
}

async function list(...flags: readonly string[]): Promise<Listed> {
  const since = cloud.tenant.calls.length
  const answer = await cloud.run(['list', '--json', ...flags])
  const { targets, errors } = JSON.parse(answer.stdout)
  const all = targets as { readonly target: string; readonly provider: string }[]
  return {
    ...answer,
    errors,
    calls: cloud.tenant.calls.slice(since),
    of: (kind) => all.filter(({ provider }) => provider === kind).map(({ target }) => target),
  }
}

function callsOf({ calls }: Pick<Listed, 'calls'>, operation: string): readonly TenantCall[] {
  return calls.filter((call) => call.operation === operation)
}

/** How often each operation was called. */
function tally({ calls }: Pick<Listed, 'calls'>): Readonly<Record<string, number>> {
  const times: Record<string, number> = {}
  for (const { surface, operation } of calls) {
    times[`${surface} ${operation}`] = (times[`${surface} ${operation}`] ?? 0) + 1
  }
  return times
}

test('1,000 eligibilities of each surface are all shown, and asked for page by page', async () => {
  const listed = await list('--refresh')
  expect([listed.code, listed.stderr, listed.errors]).toEqual([0, '', []])
  for (const [kind] of surfaces) {
    expect([kind, new Set(listed.of(kind)).size]).toEqual([kind, count])
  }
  expect(tally(listed)).toEqual({
    'arm list-eligible': 5,
    'arm list-active': 1,
    'graph list-eligible-roles': 5,
    'graph list-active-roles': 1,
    'graph list-eligible-groups': 5,
    'graph list-active-groups': 1,
    // The names: one unit; all groups by one question, which pim's scopes do not allow here, then by fifteens.
    'graph administrative-unit': 1,
    'graph get-by-ids': 1,
    'graph list-groups': Math.ceil(count / 15),
  })
})

test('the surfaces are asked at the same time', async () => {
  const delayMs = 3000
  for (const [, surface, operation] of surfaces) {
    cloud.tenant.fail({ surface, operation, delayMs, times: 1 })
  }
  const listed = await list('--refresh')
  expect(listed.code).toBe(0)
  const times = surfaces.map(([, , operation]) =>
    callsOf(listed, operation).map(({ time }) => Date.parse(time)),
  )
  const starts = times.map(([first = 0]) => first)
  const ends = times.map(([first = 0]) => first + delayMs)
  // Each has begun before any was answered.
  expect(Math.max(...starts)).toBeLessThan(Math.min(...ends))
})
