import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { Secret } from '../../../core/credentials.ts'

/** A role session's keys. `expiration` is the provider's time. */
export interface SessionKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
  readonly accountId?: string
}

const Stored = v.object({
  accessKeyId: v.pipe(v.string(), v.nonEmpty()),
  secretAccessKey: v.pipe(v.string(), v.nonEmpty()),
  sessionToken: v.pipe(v.string(), v.nonEmpty()),
  expiration: v.pipe(v.string(), v.isoTimestamp()),
  accountId: v.optional(v.string()),
})

/** The keys as the one secret that a credential store keeps. */
export function toSecret(keys: SessionKeys): Secret {
  return new Secret(JSON.stringify({ ...keys, expiration: keys.expiration.toISOString() }))
}

/** Reads what a credential store gave back. Throws `unavailable` (`store-corrupt`) for anything else. */
export function fromSecret(secret: Secret): SessionKeys {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), Stored), secret.reveal())
  if (!parsed.success) {
    throw new PimError('unavailable', 'store-corrupt', 'the stored credentials cannot be read', {
      hint: 'ask for new ones with `pim elevate --force`',
    })
  }
  const { accountId, expiration, ...keys } = parsed.output
  return {
    ...keys,
    expiration: new Date(expiration),
    ...(accountId !== undefined && { accountId }),
  }
}

/** The `credential_process` contract of the AWS SDKs: `Version` must be the number 1. */
export function credentialProcessAnswer(
  keys: SessionKeys,
): Readonly<Record<string, string | number>> {
  return {
    Version: 1,
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    SessionToken: keys.sessionToken,
    Expiration: keys.expiration.toISOString(),
    ...(keys.accountId !== undefined && { AccountId: keys.accountId }),
  }
}
