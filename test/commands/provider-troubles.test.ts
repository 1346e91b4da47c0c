import { expect, test } from 'vitest'
import { oncePerError } from '../../src/commands/provider-troubles.ts'
import { PimError } from '../../src/core/errors.ts'
import type { ProviderTrouble } from '../../src/flows/discover/discover.ts'

const locked = () => new PimError('unavailable', 'store-unavailable', 'it is locked')
const alice = { cloud: 'microsoft', tenant: 't', account: 'a', name: 'alice' }

test('an error that several providers share is said once, with all of their names', () => {
  const troubles: readonly ProviderTrouble[] = [
    { provider: 'azure', error: locked(), isSetUp: true },
    { provider: 'entra', error: new PimError('unavailable', 'throttled', 'later'), isSetUp: true },
    { provider: 'group', error: locked(), isSetUp: true },
    { provider: 'group', identity: alice, error: locked(), isSetUp: true },
    { error: locked().about('state'), isSetUp: true },
  ]
  expect(
    oncePerError(troubles).map(({ providers, error: { message } }) => [providers, message]),
  ).toEqual([
    ['azure, group', 'it is locked'],
    ['entra', 'later'],
    ['group', 'it is locked'],
    ['', 'it is locked'],
  ])
})
