import { PimError } from '../../../core/errors.ts'

/** Nothing to sign with. */
export function noCredentials(why: string | undefined, hint: string, target?: string): PimError {
  const none = 'there are no credentials to start from'
  const message = why === undefined ? none : `${none}: ${why}`
  return new PimError('sign-in', 'no-source-credentials', message, {
    hint,
    ...(target !== undefined && { target }),
  })
}
