import { createHash } from 'node:crypto'

import { hours, minutes } from '../../../src/core/time/duration.ts'
import type { Duration } from '../../../src/core/time/duration.ts'

/** The account everything in the sandbox belongs to. */
export const sandboxAccount = '123456789012'

/** The one MFA code the sandbox accepts, as often as it is given. */
export const sandboxMfaCode = '123456'

/** Who a trust policy lets in. */
type Trusted = 'users' | 'roles' | 'web-identity'

export interface Role {
  readonly name: string
  readonly arn: string
  readonly roleId: string
  readonly trusts: readonly Trusted[]
  readonly needsMfa: boolean
  readonly allowsTags: boolean
  readonly allowsSourceIdentity: boolean
  readonly maxSession: Duration
  readonly externalId: string | undefined
  /** Who may change its inline policies: users of the account, and its own sessions. */
  readonly editors: readonly ('users' | 'itself')[]
}

/** A user with a long-term access key. The key opens nothing but the sandbox. */
export interface Person {
  readonly name: string
  readonly arn: string
  readonly userId: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly mfaSerial: string
}

/** A role of the sandbox account that lets users in and allows everything, but for what `differences` says. */
export function sandboxRole(name: string, differences: Partial<Role> = {}): Role {
  return {
    name,
    arn: `arn:aws:iam::${sandboxAccount}:role/${name}`,
    roleId: uniqueId('AROA', name),
    trusts: ['users', 'roles'],
    needsMfa: false,
    allowsTags: true,
    allowsSourceIdentity: true,
    maxSession: hours(12),
    externalId: undefined,
    editors: ['users', 'itself'],
    ...differences,
  }
}

/** A user of the sandbox account. `accessKeyId` has 20 characters at AWS. */
export function sandboxPerson(name: string, accessKeyId: string, secretAccessKey: string): Person {
  return {
    name,
    arn: `arn:aws:iam::${sandboxAccount}:user/${name}`,
    userId: uniqueId('AIDA', name),
    accessKeyId,
    secretAccessKey,
    mfaSerial: `arn:aws:iam::${sandboxAccount}:mfa/${name}`,
  }
}

export const alice = sandboxPerson('alice', 'AKIASANDBOXALICE0001', 'sandbox-only-not-a-secret')

/** The roles of the sandbox, each there to be met by a script before it meets it in the cloud. */
export const sandboxRoles = {
  // An administrator may change roles, which the person behind may not.
  admin: sandboxRole('Admin', { editors: ['itself'] }),
  mfa: sandboxRole('MfaAdmin', { needsMfa: true, trusts: ['users'] }),
  noTags: sandboxRole('NoTags', { allowsTags: false }),
  // AWS itself has no maximum below one hour; half an hour lets the default of pim run into it.
  short: sandboxRole('Short', { maxSession: minutes(30), editors: [] }),
  denied: sandboxRole('Denied', { trusts: [] }),
  chained: sandboxRole('Chained', { trusts: ['roles'] }),
  web: sandboxRole('Web', { trusts: ['web-identity'] }),
} as const satisfies Record<string, Role>

function uniqueId(prefix: string, name: string): string {
  const digest = createHash('sha256').update(name).digest('hex').toUpperCase()
  return prefix + digest.slice(0, 17)
}
