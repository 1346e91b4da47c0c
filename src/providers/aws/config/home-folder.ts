import { homedir } from 'node:os'
import { PimError } from '../../../core/errors.ts'

/** The home folder, as the SDK finds it. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>): string {
  try {
    return env.HOME ?? env.USERPROFILE ?? homedir()
  } catch (cause) {
    // A container may run under a number that no user has.
    const message = 'HOME is not set, and this user has no home folder for the AWS config files'
    throw new PimError('usage', 'no-home', message, {
      hint: 'set HOME, as in `HOME=/tmp pim list`',
      cause,
    })
  }
}
