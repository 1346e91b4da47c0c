import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { guidOf } from '../../sandbox/microsoft/seed/model.ts'
import {
  armRoles,
  armScopes,
  resourceGroup,
  sandboxEligibility,
} from '../../sandbox/microsoft/seed/seed.ts'
import { elevate, elevationIn, openSignedIn, type TenantCloud } from './tenant.ts'

const { paymentsProd } = armScopes
const nothing = { actions: ['*/read'], notActions: [], dataActions: [] }

function customRole(displayName: string) {
  return { id: guidOf('role', displayName), displayName, isCustom: true, ...nothing }
}

const slashed = customRole('Reader / Ops')
const padded = customRole('Queue  Ops ')
const slashedScope = {
  id: `/subscriptions/${guidOf('subscription', 'a/b')}`,
  displayName: 'shop/eu west',
  type: 'subscription',
  parent: armScopes.platform.id,
} as const

const seed = {
  armRoles: [slashed, padded],
  scopes: [slashedScope],
  eligibilities: [
    sandboxEligibility({ kind: 'azure', roleId: slashed.id, scope: paymentsProd.id }),
    sandboxEligibility({ kind: 'azure', roleId: padded.id, scope: paymentsProd.id }),
    sandboxEligibility({ kind: 'azure', roleId: armRoles.reader.id, scope: slashedScope.id }),
  ],
}

async function targetsOf({ run }: TenantCloud, ...flags: readonly string[]) {
  const { code, stdout, stderr } = await run(['list', '--provider', 'azure', '--json', ...flags])
  const { targets, errors } = JSON.parse(stdout)
  const paths = (targets as { target: string; role: string }[]).map(({ target }) => target)
  return { code, stderr, paths, targets, errors }
}

describe.concurrent('names in Azure with slashes and blanks', () => {
  test.each([
    ['as its slug', 'azure:payments-prod/reader-ops', 'azure:payments-prod/reader-ops'],
    ['as Azure writes it', 'azure:payments-prod/Reader / Ops', 'azure:payments-prod/reader-ops'],
    ['in another case', 'azure:Payments-Prod/READER / OPS', 'azure:payments-prod/reader-ops'],
    ['with blanks', 'azure:payments-prod/Queue  Ops ', 'azure:payments-prod/Queue  Ops'],
    ['with blanks, as a slug', 'azure:payments-prod/queue-ops', 'azure:payments-prod/Queue  Ops'],
    ['a subscription as its slug', 'azure:shop-eu-west/reader', 'azure:shop-eu-west/Reader'],
    ['a subscription as it is', 'azure:shop/eu west/Reader', 'azure:shop-eu-west/Reader'],
  ])('%s', async (_, typed, listed) => {
    await using cloud = await openSignedIn()
    cloud.tenant.add(seed)
    const answer = await elevate(cloud, { text: typed }, '--wait', 'active')
    expect([answer.code, elevationIn(answer)]).toMatchObject([
      0,
      { target: listed, state: 'active' },
    ])
    const { paths, targets } = await targetsOf(cloud)
    expect(paths).toContain(listed)
    const roles = targets.map(({ role }: { role: string }) => role)
    expect(roles).toEqual(expect.arrayContaining(['Reader / Ops', 'Queue  Ops ']))
  })

  test('a name that no target has is answered with the name that was meant', async () => {
    await using cloud = await openSignedIn()
    cloud.tenant.add(seed)
    const answer = await elevate(cloud, { text: 'azure:payments-prod/Reader / Op' })
    expect([answer.code, answer.stderr.includes('reader-ops')]).toEqual([2, true])
  })
})

/** What was read yesterday. */
function makeOlder({ pimHome }: TenantCloud): void {
  const yesterday = new Date(Date.now() - 24 * 3600 * 1000).toISOString()
  const folder = join(pimHome, 'cache')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replaceAll(/"readAt":\s*"[^"]*"/g, `"readAt":"${yesterday}"`))
  }
}

const hidden = { surface: 'arm', status: 403, code: 'AuthorizationFailed', times: 999 } as const

function hideNames({ tenant }: TenantCloud): void {
  tenant.omitsDisplayNames = true
  for (const operation of ['role-definition', 'subscription', 'children']) {
    tenant.fail({ ...hidden, operation })
  }
}

describe.concurrent('an Azure that gives no display names', () => {
  test('is asked for them one by one', async () => {
    await using cloud = await openSignedIn()
    cloud.tenant.omitsDisplayNames = true
    const { code, errors, paths } = await targetsOf(cloud)
    expect([code, errors]).toEqual([0, []])
    expect(paths).toContain('azure:payments-prod/Contributor')
  })

  test('is named where it has none: the name of yesterday still finds the target', async () => {
    await using cloud = await openSignedIn()
    expect((await targetsOf(cloud)).code).toBe(0)
    makeOlder(cloud)
    hideNames(cloud)
    const text = 'azure:payments-prod/Contributor'
    const answer = await elevate(cloud, { text }, '--wait', 'active')
    expect([answer.code, elevationIn(answer)]).toMatchObject([0, { state: 'active' }])
  })

  test('and without a yesterday, it is said that Azure gave no names', async () => {
    await using cloud = await openSignedIn()
    hideNames(cloud)
    const { paths, stderr, errors } = await targetsOf(cloud)
    expect(paths).toContain(`azure:${paymentsProd.id.split('/').at(-1)}/${armRoles.contributor.id}`)
    expect(stderr).toContain('Azure gave no display names')
    expect(errors).toMatchObject([{ provider: 'azure', error: { code: 'names-missing' } }])
    const answer = await elevate(cloud, { text: 'azure:payments-prod/Contributor' })
    expect(answer.code).toBe(6)
    expect(answer.stderr).toContain('Azure gave no display names')
  })
})

describe.concurrent('one read of many that answers 500', () => {
  test('at a resource group hides nothing, and is no failure', async () => {
    await using cloud = await openSignedIn()
    const group = resourceGroup('rg-only', paymentsProd.id)
    cloud.tenant.add({
      scopes: [group],
      eligibilities: [
        sandboxEligibility({ kind: 'azure', roleId: armRoles.owner.id, scope: group.id }),
      ],
    })
    const where = { surface: 'arm', operation: 'list-active', path: '/resourceGroups/' } as const
    cloud.tenant.fail({ ...where, status: 500, code: 'InternalServerError', times: 999 })
    // Alice's standing assignment hides that the list of the whole tenant may be wrongly empty.
    const empty = { surface: 'arm', operation: 'list-active', status: 200 } as const
    cloud.tenant.fail({ ...empty, body: { value: [] } })
    const { code, errors, paths } = await targetsOf(cloud, '--refresh')
    expect([code, errors]).toEqual([0, []])
    expect(paths).toContain('azure:payments-prod/rg-only/Owner')
    const asked = cloud.tenant.calls.filter(({ status }) => status === 500)
    expect(asked.length).toBeGreaterThan(0)
  })

  test.each([
    ['azure', 'arm', 'list-active'],
    ['entra', 'graph', 'list-active-roles'],
    ['group', 'graph', 'list-active-groups'],
  ] as const)('of what is active is named, and hides nothing: %s', async (kind, surface, list) => {
    await using cloud = await openSignedIn()
    const failing = { status: 500, code: 'InternalServerError', times: 4 }
    cloud.tenant.fail({ surface, operation: list, ...failing })
    const { stdout } = await cloud.run(['list', '--json'])
    const { targets, errors } = JSON.parse(stdout)
    const providers = new Set(targets.map(({ provider }: { provider: string }) => provider))
    expect(providers).toEqual(new Set(['aws', 'azure', 'entra', 'group']))
    expect(errors).toMatchObject([{ provider: kind, error: { code: 'provider-failing' } }])
    expect(errors).toHaveLength(1)
  })
})
