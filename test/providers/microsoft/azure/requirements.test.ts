import { describe, expect, test } from 'vitest'
import { PimError } from '../../../../src/core/errors.ts'
import type { Target } from '../../../../src/core/target.ts'
import { requirements } from '../../../../src/providers/microsoft/azure/requirements.ts'
import { unknownRequirements } from '../../../../src/providers/microsoft/pim/policy-rules.ts'
import { hours, minutes, target } from '../../../core/sample-elevations.ts'
import { openRoom } from './fixture.ts'
import { contributor, never, owner, prod, refusal, scripted } from './scripted.ts'

test.each([
  [
    'payments-prod/Contributor',
    { maxDuration: hours(8), justification: true, ticket: false, mfa: false, approval: false },
  ],
  ['payments-dev/Owner', { maxDuration: minutes(30), ticket: true }],
  ['payments-dev/Contributor', { approval: true }],
  ['payments-dev/Queue Operator', { mfa: true, mfaDevices: [] }],
  ['payments-prod/rg-web/Owner', { authenticationContext: 'c1' }],
])('%s demands what its policy says', async (path, demands) => {
  const room = await openRoom()
  const wanted = await room.target(path)
  const read = await room.provider.requirements(wanted, never)
  expect(read).toMatchObject(demands)
})

const wanted: Target = target('payments-prod/Contributor', {
  provider: 'azure',
  scope: prod,
  reference: {
    roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${contributor}`,
  },
})
const policies = `${prod}/providers/Microsoft.Authorization/roleManagementPolicyAssignments`

function policy(roleId: string, maximumDuration: string, scope: unknown = prod): unknown {
  const effectiveRules = [{ id: 'Expiration_EndUser_Assignment', maximumDuration }]
  return {
    properties: { scope, roleDefinitionId: `${prod}/x/roleDefinitions/${roleId}`, effectiveRules },
  }
}

describe('a policy', () => {
  test('is asked for at the scope of the target, for its role', async () => {
    const { client, requests } = scripted({ [policies]: [] })
    await requirements(wanted, client, never)
    const [request] = requests
    const url = new URL(request?.path ?? '', 'https://arm')
    expect([request?.method, decodeURI(url.pathname)]).toEqual(['GET', policies])
    expect(url.searchParams.get('api-version')).toBe('2020-10-01')
    expect(url.searchParams.get('$filter')).toBe(
      `roleDefinitionId eq '${wanted.reference?.roleDefinitionId}'`,
    )
  })

  test('is that of the role, and of the scope, even from a server that does not filter', async () => {
    const { client } = scripted({
      [policies]: [
        policy(owner, 'PT1H'),
        policy(contributor, 'PT2H', '/'),
        policy(contributor.toUpperCase(), 'PT3H', prod.toUpperCase()),
      ],
    })
    expect(await requirements(wanted, client, never)).toMatchObject({ maxDuration: hours(3) })
  })

  test.each([
    ['may not be read', refusal('AuthorizationFailed', 403)],
    ['is not there', refusal('NotFound', 404)],
    ['is in no list', []],
    ['is that of another role', [policy(owner, 'PT1H')]],
    ['cannot be read', [null, 5, { properties: { roleDefinitionId: contributor } }]],
  ])('that %s leaves everything unknown', async (_, answer) => {
    const { client } = scripted({ [policies]: answer })
    expect(await requirements(wanted, client, never)).toEqual(unknownRequirements)
  })

  test.each([
    new PimError('unavailable', 'throttled', 'slow down'),
    new PimError('sign-in', 'mfa-needed', 'sign in'),
    new PimError('interrupted', 'interrupted', 'interrupted'),
  ])('is not taken for unknown where nobody could be asked: %s', async (error) => {
    const { client } = scripted({ [policies]: error })
    await expect(requirements(wanted, client, never)).rejects.toBe(error)
  })
})
