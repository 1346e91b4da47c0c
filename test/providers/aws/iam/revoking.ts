import type { Secret } from '../../../../src/core/credentials.ts'
import type { Elevation } from '../../../../src/core/elevation/elevation.ts'
import type { Revocation } from '../../../../src/core/elevation/revocation.ts'
import { formatTarget } from '../../../../src/core/target.ts'
import type { StsCall } from '../../../../sandbox/aws/server/journal.ts'
import { elevation } from '../../../core/sample-elevations.ts'
import { attemptAt, targetNamed, type Room } from '../fixture.ts'

const never = new AbortController().signal

export interface Held {
  readonly elevation: Elevation
  readonly credentials: Secret | undefined
}

/** An elevation that was just activated. */
export async function activated(
  room: Room,
  name: string,
  settings: Parameters<typeof attemptAt>[1] = {},
): Promise<Held> {
  const target = await targetNamed(name, room.provider)
  const { credentials, facts, startsAt, expiresAt, clockAheadMs } = await room.provider.activate(
    attemptAt(target, settings),
  )
  const { id } = attemptAt(target).plan
  return {
    elevation: elevation({
      id,
      target: formatTarget(target),
      startsAt,
      expiresAt,
      clockAheadMs,
      facts,
    }),
    credentials,
  }
}

/** Has the provider revoke it. */
export async function revoke(
  room: Room,
  { elevation: one, credentials }: Held,
): Promise<Revocation> {
  if (room.provider.revoke === undefined) throw new Error('the provider cannot revoke')
  return room.provider.revoke(one, credentials, never)
}

/** What IAM was asked for, refused or not. */
export const puts = ({ sandbox }: Room): readonly StsCall[] =>
  sandbox.sts.calls.filter(({ action }) => action === 'PutRolePolicy')
