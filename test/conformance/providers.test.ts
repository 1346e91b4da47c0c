import { expect, test } from 'vitest'

import { groupCalls } from '../../src/providers/microsoft/entra/groups/group-operations.ts'
import { roleCalls } from '../../src/providers/microsoft/entra/roles/role-operations.ts'
import { minutes, openRoom } from '../providers/microsoft/azure/fixture.ts'
import { never, openGraphRoom } from './graph-fixture.ts'
import { describeWithSpecs } from './specs.ts'
import { createReferee } from './tenant-calls.ts'

describeWithSpecs('what pim sends conforms', (specs) => {
  const { expectAllConforming } = createReferee(specs)

  test.each([
    ['Azure resource roles', 'payments-prod/Contributor'],
    ['Azure resource roles, below the scope of the eligibility', 'payments-prod/Reader'],
  ])('for %s', async (_, path) => {
    const { tenant, provider, target, attempt, elevate, advance } = await openRoom()
    const wanted = await target(path)
    await provider.requirements(wanted, never)
    await provider.validate?.(attempt(wanted))
    const elevation = await elevate(path)
    advance(minutes(6))
    await provider.progress(elevation, never)
    await provider.isEffective(elevation, undefined, never)
    await provider.current(wanted, never)
    expect(await provider.release(elevation, never)).toEqual({ state: 'released' })
    expectAllConforming(tenant, ['list-eligible', 'policies', 'validate', 'activate', 'deactivate'])
  })

  test('for an Azure resource role that is denied', async () => {
    const { tenant, provider, elevate } = await openRoom()
    const elevation = await elevate('payments-dev/Contributor')
    tenant.decide(elevation.providerRequestId ?? '', 'deny', 'not today')
    expect(await provider.progress(elevation, never)).toMatchObject({ state: 'denied' })
    expectAllConforming(tenant, ['activate', 'read-request'])
  })

  test.each([
    ['a directory role', roleCalls, 'user-administrator', 'role'],
    [
      'a directory role in an administrative unit',
      roleCalls,
      'helpdesk-administrator@berlin',
      'role',
    ],
    ['a place in a group', groupCalls, 'sec-ops', 'group'],
  ])('for %s', async (_, calls, path, noun) => {
    const { tenant, asker, target, attempt, elevate, advance } = await openGraphRoom(calls)
    const wanted = await target(path)
    await calls.requirements(wanted, asker, never)
    await calls.validate(attempt(wanted), asker)
    const elevation = await elevate(wanted)
    advance(360)
    await calls.progress(elevation, asker, never)
    await calls.isEffective(elevation, asker, never)
    await calls.current(wanted, asker, never)
    expect(await calls.release(elevation, asker, never)).toEqual({ state: 'released' })
    expectAllConforming(tenant, [
      `list-eligible-${noun}s`,
      'policies',
      `activate-${noun}`,
      `deactivate-${noun}`,
    ])
  })

  test('for the owner of a group, who is denied', async () => {
    const { tenant, asker, target, elevate } = await openGraphRoom(groupCalls)
    const wanted = await target('sec-ops@owner')
    const elevation = await elevate(wanted)
    await groupCalls.isEffective(elevation, asker, never)
    tenant.decide(elevation.providerRequestId ?? '', 'deny', 'not today')
    expect(await groupCalls.progress(elevation, asker, never)).toMatchObject({ state: 'denied' })
    expectAllConforming(tenant, ['activate-group', 'read-group-request'])
  })
})
