import { expect, test } from 'vitest'
import type { Elevation } from '../../../src/core/elevation/elevation.ts'
import { notAskedFor } from '../../../src/core/elevation/not-asked.ts'
import type { Identity } from '../../../src/core/identity/identity.ts'
import type { ProviderId } from '../../../src/core/target.ts'
import { elevation, later, noon } from '../sample-elevations.ts'

const person = (name: string, tenant = 't-1'): Identity => ({
  cloud: 'microsoft',
  tenant,
  account: `id-of-${name}`,
  name,
})
const alice = person('alice')
const bob = person('bob')

function held(identity: Identity | undefined, differences: Partial<Elevation> = {}): Elevation {
  const { store: _, ...grant } = elevation({ provider: 'group', target: 'group:ops' })
  return { ...grant, ...(identity !== undefined && { identity }), ...differences }
}

const asked = (identities: readonly (readonly [ProviderId, Identity])[], silent: ProviderId[]) => ({
  identities: new Map(identities),
  notSignedIn: silent,
})

test.each<[string, ReturnType<typeof asked>, readonly Elevation[], unknown]>([
  ['nothing, where everybody was asked', asked([['group', alice]], []), [held(alice)], []],
  [
    'a provider that nobody is signed in to',
    asked([], ['group']),
    [],
    [{ provider: 'group', reason: 'not-signed-in', targets: [] }],
  ],
  [
    'and who holds something there',
    asked([], ['group']),
    [held(alice), held(alice, { target: 'group:dev' }), held(alice)],
    [
      {
        provider: 'group',
        reason: 'not-signed-in',
        identity: alice,
        targets: ['group:ops', 'group:dev'],
      },
    ],
  ],
  [
    'the elevation of another account',
    asked([['group', bob]], []),
    [held(alice), held(bob)],
    [{ provider: 'group', reason: 'other-account', identity: alice, targets: ['group:ops'] }],
  ],
  [
    'of the same account in another tenant',
    asked([['group', alice]], []),
    [held(person('alice', 't-2'))],
    [{ provider: 'group', reason: 'other-account', targets: ['group:ops'] }],
  ],
  [
    'of nobody who is known',
    asked([['group', alice]], []),
    [held(undefined)],
    [{ provider: 'group', reason: 'other-account', targets: ['group:ops'] }],
  ],
  [
    'a request that waits',
    asked([['group', bob]], []),
    [held(alice, { state: 'pending-approval', expiresAt: noon })],
    [{ reason: 'other-account', targets: ['group:ops'] }],
  ],
  ['not what has ended', asked([['group', bob]], []), [held(alice, { expiresAt: noon })], []],
  ['no session, which needs nobody', asked([['group', bob]], []), [elevation()], []],
  ['no provider that failed', asked([], []), [held(alice)], []],
])('names %s', (_, who, elevations, expected) => {
  const found = notAskedFor(who, elevations, later({ seconds: 60 }))
  expect(found).toMatchObject(expected as object[])
  expect(found).toHaveLength((expected as unknown[]).length)
})
