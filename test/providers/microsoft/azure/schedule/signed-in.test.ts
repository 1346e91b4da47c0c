import { setDefaultCACertificates } from 'node:tls'
import { expect, test } from 'vitest'
import { minutes } from '../../../../../src/core/time/duration.ts'
import { createAzureProvider } from '../../../../../src/providers/microsoft/azure/provider.ts'
import { openRoom } from '../../fixture.ts'
import { attemptAt, elevationOf, targetNamed } from '../fixture.ts'
import { never } from '../scripted.ts'

/** An application of the organisation's own, which may ask for Azure resource roles. */
const clientId = '5a4d0b0c-0000-4000-8000-0000000000c1'

test('from the sign-in to giving back, through a step-up and an answer that was lost', async () => {
  setDefaultCACertificates([])
  const room = await openRoom({ azure: { clientId } })
  const { tenant, session, deps, advance, opened } = room
  await session.signIn({}, never)
  const settings = async () => ({ ...(await deps.settings()), aliases: {}, targets: {} })
  const provider = createAzureProvider({ ...deps, settings })
  expect(await provider.isSetUp()).toBe(true)
  expect(await provider.whoAmI(never)).toMatchObject({
    name: 'alice@sandbox.example',
    person: 'alice',
  })

  const target = await targetNamed('payments-prod/User Access Administrator', provider)
  const { authenticationContext } = await provider.requirements(target, never)
  expect(authenticationContext).toBe('c1')
  tenant.fail({ surface: 'arm', operation: 'activate', drop: 'unanswered' })
  const attempt = attemptAt(target, deps.now(), { authenticationContext: 'c1' })
  const made = elevationOf(target, await provider.activate(attempt), attempt.plan.id)
  expect(opened.count).toBe(2)
  expect(tenant.requests).toHaveLength(1)

  expect(await provider.progress(made, never)).toMatchObject({ state: 'active' })
  expect(await provider.isEffective(made, undefined, never)).toBe(true)
  advance(minutes(6))
  expect(await provider.release(made, never)).toEqual({ state: 'released' })
  expect(await provider.current(target, never)).toBeUndefined()
})
