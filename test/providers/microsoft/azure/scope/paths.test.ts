import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Findings } from '../../../../../src/core/provider.ts'
import { formatTarget, matchTarget, parseTargetText } from '../../../../../src/core/target.ts'
import { discover } from '../../../../../src/providers/microsoft/azure/discover.ts'
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

async function found(
  rows: readonly unknown[],
  activeRows: readonly unknown[] = [active({ more: { assignmentType: 'Assigned' } })],
): Promise<Findings> {
  const { client } = scripted({ [lists.eligible]: rows, [lists.active]: activeRows })
  return discover(client, () => noon, never)
}

async function pathsOf(rows: readonly unknown[]): Promise<readonly string[]> {
  return (await found(rows)).targets.map(({ path }) => path)
}

const web = `${prod}/resourceGroups/rg-web`
const site = `${web}/providers/Microsoft.Web/sites/shop`
const prodId = prod.slice('/subscriptions/'.length)

describe('a target is written', () => {
  test.each([
    ['a subscription', eligible(), 'payments-prod/Contributor'],
    ['a subscription without a name', eligible({ scopeName: undefined }), `${prodId}/Contributor`],
    ['a management group', eligible({ scope: corp, scopeName: 'Corp' }), 'Corp/Contributor'],
    [
      'a management group without a name',
      eligible({ scope: corp, scopeName: '' }),
      'corp/Contributor',
    ],
    ['everything', eligible({ scope: '/', scopeName: 'Tenant' }), '/Contributor'],
    ['a resource', eligible({ scope: site, scopeName: 'shop' }), `${site}/Contributor`],
    [
      'a role with signs',
      eligible({ roleName: 'Büro: Leser (rot)' }),
      'payments-prod/Büro: Leser (rot)',
    ],
    ['a role without a name', eligible({ roleName: undefined }), `payments-prod/${contributor}`],
    ['a role with a slash', eligible({ roleName: 'Read/Write' }), 'payments-prod/read-write'],
    ['a role that ends in a space', eligible({ roleName: 'Owner ' }), 'payments-prod/Owner'],
    ['a name with a slash', eligible({ scopeName: 'a/b' }), 'a-b/Contributor'],
    [
      'a name that is not shown as it is',
      eligible({ scopeName: 'pay\u202ements' }),
      `${prodId}/Contributor`,
    ],
    [
      'the alias of a subscription',
      eligible({ scope: `providers/Microsoft.Subscription${prod}` }),
      'payments-prod/Contributor',
    ],
    ['a slash too many', eligible({ scope: `${prod}/` }), 'payments-prod/Contributor'],
  ])('for %s', async (_, row, path) => {
    expect(await pathsOf([row])).toEqual([path])
  })

  test('for a resource group, below its subscription as that is named beside it', async () => {
    const group = eligible({ scope: web, scopeName: 'rg-web' })
    expect(await pathsOf([group, eligible()])).toEqual([
      'payments-prod/rg-web/Contributor',
      'payments-prod/Contributor',
    ])
  })
})

describe('what shares its name goes by its id', () => {
  test('two subscriptions, in whatever case', async () => {
    const rows = [eligible({ scopeName: 'Prod' }), eligible({ scope: dev, scopeName: 'prod' })]
    expect(await pathsOf(rows)).toEqual([
      `${prodId}/Contributor`,
      `${dev.slice('/subscriptions/'.length)}/Contributor`,
    ])
  })

  test('a subscription that is named as the id of another', async () => {
    const rows = [
      eligible({ scopeName: undefined }),
      eligible({ scope: dev, scopeName: prodId.toUpperCase() }),
    ]
    const [first, second] = await pathsOf(rows)
    expect(first).toBe(`${prod}/Contributor`)
    expect(second).toBe(`${dev.slice('/subscriptions/'.length)}/Contributor`)
  })

  test('a name that is another but for its blanks, or for a slash', async () => {
    const rows = [
      eligible({ roleName: 'Owner ' }),
      eligible({ roleId: owner, roleName: 'Owner' }),
      eligible({ scope: dev, scopeName: 'payments/prod', roleId: owner, roleName: 'Owner' }),
    ]
    expect(await pathsOf(rows)).toEqual([
      `payments-prod/${contributor}`,
      'payments-prod/Owner',
      `${dev.slice('/subscriptions/'.length)}/Owner`,
    ])
  })

  test('two roles of one name', async () => {
    const rows = [eligible(), eligible({ roleId: owner })]
    expect(await pathsOf(rows)).toEqual([`payments-prod/${contributor}`, `payments-prod/${owner}`])
  })
})

test.each([
  'PAYMENTS-PROD/contributor',
  `${prodId}/Contributor`,
  `${prod}/Contributor`,
  `${prod.toUpperCase()}/CONTRIBUTOR`,
  `payments-prod/${contributor.toUpperCase()}`,
  `${prod}/${contributor}`,
])('%s finds payments-prod/Contributor', async (text) => {
  const { targets } = await found([eligible(), eligible({ roleId: owner, roleName: 'Owner' })])
  expect(matchTarget({ provider: 'azure', path: text }, targets).path).toBe(
    'payments-prod/Contributor',
  )
})

test('names with spaces are found by their slugs', async () => {
  const rows = [eligible({ scopeName: 'Payments Prod', roleName: 'Key Vault Reader' })]
  const { targets } = await found(rows)
  const wanted = parseTargetText('azure:payments-prod/key-vault-reader')
  expect(matchTarget(wanted, targets).path).toBe('Payments Prod/Key Vault Reader')
})

test('whatever things are called, every path is one of a kind and found by its own text', async () => {
  const scope = fc.oneof(
    fc.constantFrom(
      '/',
      prod,
      prod.toUpperCase(),
      dev,
      corp,
      web,
      `${dev}/resourceGroups/rg-web`,
      site,
    ),
    fc.constantFrom('payments-prod', prodId, 'corp').map((id) => `/subscriptions/${id}`),
    anyText(10).map((name) => `${prod}/resourceGroups/${name}`),
  )
  const name = fc.oneof(
    anyText(6),
    fc.constantFrom(
      'corp',
      'Corp',
      'payments-prod',
      prodId,
      dev,
      'a/b',
      'rg-web',
      ' ',
      contributor,
      owner,
    ),
  )
  const entry = fc.record({
    scope,
    scopeName: name,
    roleName: name,
    roleId: fc.constantFrom(contributor, contributor.toUpperCase(), owner, 'corp'),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 8 }),
      fc.array(entry, { maxLength: 2 }),
      async (rows, more) => {
        const { targets, active: standings } = await found(
          rows.map((row) => eligible(row)),
          [active({ more: { assignmentType: 'Assigned' } }), ...more.map((row) => active(row))],
        )
        const folded = targets.map(({ path }) => path.toLowerCase())
        expect(new Set(folded).size).toBe(targets.length)
        for (const target of targets) {
          expect(matchTarget(parseTargetText(formatTarget(target)), targets)).toBe(target)
        }
        const paths = targets.map(({ path }) => path)
        for (const standing of standings) expect(paths).toContain(standing.path)
      },
    ),
  )
})
