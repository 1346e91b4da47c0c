import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Target } from '../../../../../src/core/target.ts'
import { discover } from '../../../../../src/providers/microsoft/azure/discover.ts'
import {
  closestEligible,
  locate,
} from '../../../../../src/providers/microsoft/azure/scope/locate.ts'
import { anyText } from '../../../../core/any-text.ts'
import { noon } from '../../../../core/sample-elevations.ts'
import {
  active,
  contributor,
  corp,
  dev,
  eligible,
  lists,
  never,
  owner,
  prod,
  scripted,
} from '../scripted.ts'

async function listed(...rows: readonly unknown[]): Promise<readonly Target[]> {
  const { client } = scripted({
    [lists.eligible]: rows,
    [lists.active]: [active({ more: { assignmentType: 'Assigned' } })],
  })
  return (await discover(client, () => noon, never)).targets
}

const other = '/subscriptions/22222222-0000-4000-8000-000000000002'
const otherCorp = corp.replace('corp', 'other')
const web = `${prod}/resourceGroups/rg-web`
const site = `${web}/providers/Microsoft.Web/sites/shop`
const inProd = eligible()
const inDev = eligible({ scope: dev, scopeName: 'payments-dev' })
const inCorp = eligible({ scope: corp, scopeName: 'Corp' })
const everywhere = eligible({ scope: '/', scopeName: 'Tenant' })
const ownerInDev = eligible({
  scope: dev,
  scopeName: 'payments-dev',
  roleId: owner,
  roleName: 'Owner',
})

describe('a narrower scope than those listed', () => {
  test.each([
    ['payments-prod/rg-web/Contributor', web, 'payments-prod/rg-web/Contributor'],
    ['PAYMENTS-PROD/rg-web/contributor', web, 'payments-prod/rg-web/Contributor'],
    [`${prod.slice(15)}/rg-web/Contributor`, web, 'payments-prod/rg-web/Contributor'],
    [`${web}/Contributor`, web, 'payments-prod/rg-web/Contributor'],
    [
      `${web.replace('resourceGroups', 'resourcegroups')}/Contributor`,
      web,
      'payments-prod/rg-web/Contributor',
    ],
    [
      `${prod.toUpperCase()}/RESOURCEGROUPS/rg-web/Contributor`,
      web,
      'payments-prod/rg-web/Contributor',
    ],
    [`${site}/Contributor`, site, `${site}/Contributor`],
  ])('%s', async (path, scope, canonical) => {
    const targets = await listed(inProd, inDev)
    expect(locate(path, targets)).toMatchObject({
      provider: 'azure',
      path: canonical,
      role: 'Contributor',
      scope,
      reference: {
        eligibleAt: prod,
        eligibilityScheduleId: targets[0]?.reference?.eligibilityScheduleId,
        roleDefinitionId: targets[0]?.reference?.roleDefinitionId,
      },
    })
  })

  test('is spelt as the list spells it once it is active', async () => {
    const rows = {
      [lists.eligible]: [inProd],
      [lists.active]: [active({ scope: web, scopeName: 'rg-web' })],
    }
    const found = await discover(scripted(rows).client, () => noon, never)
    const [first] = await listed(inProd)
    const located = locate('payments-prod/rg-web/Contributor', first === undefined ? [] : [first])
    expect(found.active.map(({ path }) => path)).toEqual([located?.path])
    expect(found.targets.at(-1)).toEqual({ ...located, scopeName: 'rg-web' })
  })

  test('is located below the closest eligibility', async () => {
    const targets = await listed(everywhere, inCorp, inProd)
    expect(locate(`${web}/Contributor`, targets)?.reference?.eligibleAt).toBe(prod)
    const wider = await listed(everywhere, inCorp)
    expect(locate(`${web}/Contributor`, wider)?.reference?.eligibleAt).toBe(corp)
    const widest = await listed(everywhere)
    expect(locate(`${web}/Contributor`, widest)?.reference?.eligibleAt).toBe('/')
  })

  test('a subscription that is known for another role is found by its name', async () => {
    const targets = await listed(inCorp, ownerInDev)
    expect(locate('payments-dev/Contributor', targets)).toMatchObject({
      path: 'payments-dev/Contributor',
      scope: dev,
      reference: { eligibleAt: corp },
    })
  })

  test('is taken at its word where it resembles a listed target', async () => {
    const targets = await listed(inProd, eligible({ scope: dev, scopeName: 'payments' }))
    expect(locate('payments/prod/Contributor', targets)?.scope).toBe(`${dev}/resourceGroups/prod`)
  })

  test('keeps a condition of the eligibility, and its end', async () => {
    const more = {
      condition: '@Resource[x]',
      conditionVersion: '2.0',
      endDateTime: '2026-04-01T00:00:00Z',
    }
    const targets = await listed(eligible({ more }))
    expect(locate('payments-prod/rg-web/Contributor', targets)).toMatchObject({
      eligibleUntil: new Date('2026-04-01T00:00:00Z'),
      reference: { condition: '@Resource[x]', conditionVersion: '2.0' },
    })
  })
})

describe('nothing is located', () => {
  test.each([
    ['where the path means a listed target', 'payments-prod/contributor'],
    ['where the path means a listed target by its scope', `${prod}/Contributor`],
    ['where no such role is listed', 'payments-prod/rg-web/Reader'],
    ['in a subscription that is not listed', 'payments-test/rg-web/Contributor'],
    ['in a subscription that no eligibility holds', `${other}/resourceGroups/rg-web/Contributor`],
    ['where the role is listed for another subscription', 'payments-prod/rg-web/Owner'],
    ['for a wider scope', `/Contributor`],
    ['for a management group', `${corp}/Contributor`],
    ['for no name of a resource group', 'payments-prod/rg web/Contributor'],
    ['for a resource group that climbs', 'payments-prod/../Contributor'],
    ['for a path that climbs', `${web}/providers/Microsoft.Web/sites/../Contributor`],
    ['for too many names', 'payments-prod/rg-web/shop/Contributor'],
    ['for a role alone', 'Contributor'],
    ['for no role', 'payments-prod/rg-web/'],
    ['for nothing', ''],
  ])('%s: %s', async (_, path) => {
    expect(locate(path, await listed(inProd, ownerInDev))).toBeUndefined()
  })

  test('where the path means a listed target, though a wider eligibility holds it too', async () => {
    const targets = await listed(inProd, inCorp)
    expect(locate('PAYMENTS-PROD/contributor', targets)).toBeUndefined()
    expect(closestEligible(prod, contributor, targets)).toBeUndefined()
  })

  test('where the path means what is listed because it is active', async () => {
    const rows = {
      [lists.eligible]: [inProd],
      [lists.active]: [active({ scope: web, scopeName: 'rg-web' })],
    }
    const { targets } = await discover(scripted(rows).client, () => noon, never)
    expect(locate('Payments-Prod/RG-WEB/contributor', targets)).toBeUndefined()
  })

  test('where two eligibilities are equally close', async () => {
    const targets = await listed(inCorp, eligible({ scope: otherCorp, scopeName: 'Other' }))
    expect(locate(`${web}/Contributor`, targets)).toBeUndefined()
  })

  test('where a name means two subscriptions', async () => {
    const twin = eligible({ scope: dev, scopeName: 'payments-prod' })
    expect(locate('payments-prod/rg-web/Contributor', await listed(inProd, twin))).toBeUndefined()
  })

  test('below what is only active, and no eligibility', async () => {
    const rows = {
      [lists.eligible]: [],
      [lists.active]: [active({ more: { linkedRoleEligibilityScheduleId: null } })],
    }
    const { targets } = await discover(scripted(rows).client, () => noon, never)
    expect(targets.map(({ path }) => path)).toEqual(['payments-prod/Contributor'])
    expect(locate('payments-prod/rg-web/Contributor', targets)).toBeUndefined()
  })
})

test('what is located lies below an eligibility for the same role, whatever is typed', async () => {
  const targets = await listed(inProd, inDev, inCorp, ownerInDev)
  const part = fc.oneof(
    anyText(5),
    fc.constantFrom(
      'payments-prod',
      'payments-dev',
      'Corp',
      'rg-web',
      'Contributor',
      'Owner',
      '..',
      '',
    ),
    fc.constantFrom(prod, dev, other, web, site, corp),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
      const located = locate(parts.join('/'), targets)
      if (located === undefined) return
      const { eligibleAt = '', roleDefinitionId } = located.reference ?? {}
      const above = targets.find(
        ({ scope, reference }) =>
          scope === eligibleAt && reference?.roleDefinitionId === roleDefinitionId,
      )
      expect(above?.role).toBe(located.role)
      expect(located.scope.length).toBeGreaterThan(0)
      if (eligibleAt !== corp) expect(located.scope.startsWith(`${eligibleAt}/`)).toBe(true)
      expect(located.scope).not.toContain('..')
    }),
  )
})
