import { rmSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import type { TenantFault } from '../../sandbox/microsoft/server/faults.ts'
import { newTargets } from './new-targets.ts'
import { openTenants, type ErrorJson, type TenantCloud, type Tenants } from './tenant.ts'

/** What each surface lists, and what its list of eligibilities is called, by whom. */
const surfaces = [
  ['azure', 'arm', 'list-eligible', 'azure: '],
  ['entra', 'graph', 'list-eligible-roles', 'entra: Entra directory roles: '],
  ['group', 'graph', 'list-eligible-groups', 'group: PIM for Groups: '],
] as const satisfies readonly (readonly [PimKind, 'arm' | 'graph', string, string])[]

let tenants: Tenants

beforeAll(async () => {
  const seeds = surfaces.map(([kind]) => newTargets(kind, 40).seed)
  tenants = await openTenants(3, seeds)
  // Nine pages and more of what is eligible, while one question after names is still enough.
  for (const { tenant } of tenants.all) tenant.pageSize = 5
})
afterAll(() => tenants[Symbol.asyncDispose]())

async function list({ tenant, run }: TenantCloud, ...flags: readonly string[]) {
  const since = tenant.calls.length
  const answer = await run(['list', '--json', ...flags])
  const { targets, errors } = JSON.parse(answer.stdout)
  const all = targets as { readonly target: string; readonly provider: string }[]
  return {
    ...answer,
    errors: errors as { readonly provider: string; readonly error: ErrorJson }[],
    operations: tenant.calls.slice(since).map(({ operation }) => operation),
    of: (kind: PimKind) => all.filter(({ provider }) => provider === kind).length,
  }
}

const troubles: readonly [name: string, trouble: Partial<TenantFault>, error: string][] = [
  // A page is asked for four times before pim gives up.
  ['cut off', { drop: 'unheard', times: 4 }, 'no-answer'],
  ['throttled', { status: 429, headers: { 'Retry-After': '3600' } }, 'throttled'],
  ['answered by something else', { status: 200, body: '<p>Sign in' }, 'unreadable-answer'],
]

describe.concurrent.each(troubles)('a list that is %s on its third page', (name, trouble, code) => {
  test.each(surfaces)('%s', async (kind, surface, operation, named) => {
    await tenants.lend(async (cloud) => {
      const whole = await list(cloud, '--refresh')
      expect([name, whole.code, whole.errors]).toEqual([name, 0, []])
      expect(whole.of(kind)).toBeGreaterThan(40)
      rmSync(join(cloud.pimHome, 'cache'), { recursive: true })

      // The first two pages come as ever.
      cloud.tenant.fail({ surface, operation, times: 2, headers: {} })
      cloud.tenant.fail({ surface, operation, ...trouble })
      const broken = await list(cloud)
      expect([broken.code, broken.errors]).toMatchObject([
        6,
        [{ provider: kind, error: { code, exitCode: 6 } }],
      ])
      expect(broken.errors).toHaveLength(1)
      const lines = broken.stderr.trim().split('\n')
      const said = lines.map((line) => (JSON.parse(line) as { error: ErrorJson }).error)
      expect(said.map(({ target, message }) => `${target}: ${message}`)).toEqual([
        expect.stringMatching(`^${named}`),
      ])
      // Nothing of it, rather than a part that would look whole; all of the others.
      for (const [each] of surfaces) {
        expect([each, broken.of(each)]).toEqual([each, each === kind ? 0 : whole.of(each)])
      }

      const again = await list(cloud)
      expect([again.code, again.errors, again.of(kind)]).toEqual([0, [], whole.of(kind)])
      const asked = new Set(again.operations.filter((each) => each.startsWith('list-eligible')))
      expect([...asked]).toEqual([operation])
      expect((await list(cloud)).operations).toEqual([])
    })
  })
})
