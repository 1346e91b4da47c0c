import { PimError } from '../../../core/errors.ts'

/** A profile that cannot be used as it is written. */
export function profileBroken(
  name: string,
  why: string,
  hint = 'correct the profile in the AWS config file',
): PimError {
  const message = `the AWS profile \`${name}\` cannot be used: ${why}`
  return new PimError('usage', 'aws-profile-broken', message, { hint })
}
