import { hours, minutes, seconds, type Duration } from '../../src/core/time/duration.ts'
import type { Elevation } from '../../src/core/elevation/elevation.ts'
import type { Requirements } from '../../src/core/elevation/requirements.ts'
import type { Target } from '../../src/core/target.ts'

/** Noon of the day on which the tests of the core play. */
export const noon = new Date('2026-03-01T12:00:00Z')

export function later(span: Duration, from: Date = noon): Date {
  return new Date(from.getTime() + span.seconds * 1000)
}

export function target(path: string, differences: Partial<Target> = {}): Target {
  return {
    provider: 'aws',
    path,
    role: 'Admin',
    scope: '123456789012',
    displayNames: [],
    ...differences,
  }
}

/** Granted at noon for an hour, as asked for, and kept in a file. */
export function elevation(differences: Partial<Elevation> = {}): Elevation {
  return {
    id: 'e1',
    target: 'aws:prod-admin',
    provider: 'aws',
    role: 'Admin',
    scope: '123456789012',
    state: 'active',
    requestedAt: noon,
    startsAt: noon,
    expiresAt: later(hours(1)),
    accessEndsAt: later(hours(1)),
    justification: 'restart the queue',
    actor: { user: 'alice', host: 'laptop' },
    asked: hours(1),
    store: 'file',
    clockAheadMs: 0,
    configuration: 'same',
    handedOut: [],
    facts: { accessKeyId: 'ASIA0000000000000001' },
    ...differences,
  }
}

/** An elevation with this much left at noon. */
export function elevationWithLeft(left: Duration, granted: Duration = hours(1)): Elevation {
  const startsAt = new Date(noon.getTime() - (granted.seconds - left.seconds) * 1000)
  const end = later(left)
  return elevation({
    asked: granted,
    requestedAt: startsAt,
    startsAt,
    expiresAt: end,
    accessEndsAt: end,
  })
}

export function requirements(differences: Partial<Requirements> = {}): Requirements {
  return {
    maxDuration: hours(12),
    justification: true,
    ticket: false,
    mfa: false,
    approval: false,
    mfaDevices: [],
    ...differences,
  }
}

export { hours, minutes, seconds }
