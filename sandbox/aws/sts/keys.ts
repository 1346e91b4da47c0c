import { randomBytes } from 'node:crypto'

import { after } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'
import type { Tag } from './parameters.ts'
import type { Person, Role } from './roles.ts'

/** Whom a key speaks for. */
export type Identity =
  | {
      readonly kind: 'user'
      readonly person: Person
      readonly arn: string
      readonly userId: string
    }
  | {
      readonly kind: 'role'
      readonly role: Role
      readonly sessionName: string
      readonly sourceIdentity: string | undefined
      readonly tags: readonly Tag[]
      readonly arn: string
      readonly userId: string
    }

/** An access key the sandbox knows. */
export interface Key {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly identity: Identity
  /** Undefined for a long-term key. */
  readonly session:
    | { readonly token: string; readonly issuedAt: Date; readonly expiresAt: Date }
    | undefined
  readonly withMfa: boolean
}

export interface Grant {
  readonly identity: Identity
  readonly duration: Duration
  readonly withMfa: boolean
}

/** Makes the temporary key for a grant. STS counts in whole seconds. */
export function issueKey({ identity, duration, withMfa }: Grant, now: Date): Key {
  const issuedAt = new Date(Math.floor(now.getTime() / 1000) * 1000)
  return {
    accessKeyId: `ASIA${randomId(16)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    identity,
    session: {
      token: randomBytes(240).toString('base64'),
      issuedAt,
      expiresAt: after(issuedAt, duration),
    },
    withMfa,
  }
}

export function longTermKey(person: Person): Key {
  const { arn, userId, accessKeyId, secretAccessKey } = person
  const identity: Identity = { kind: 'user', person, arn, userId }
  return { accessKeyId, secretAccessKey, identity, session: undefined, withMfa: false }
}

function randomId(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return Array.from(randomBytes(length), (byte) => alphabet[byte % alphabet.length]).join('')
}
