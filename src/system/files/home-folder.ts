import { existsSync } from 'node:fs'
import { PimError } from '../../core/errors.ts'
import { problemWith } from './private-file-read.ts'

/**
 * Makes the folder that `PIM_HOME` names, where it is missing. One that nobody can make holds nothing, and
 * never will: its emptiness must not pass for an answer. Throws `unavailable`, `home-unusable`.
 */
export async function ensureHome({
  PIM_HOME: home,
}: Readonly<Record<string, string | undefined>>): Promise<void> {
  if (home === undefined || home === '' || existsSync(home)) return
  const { makeFolder } = await import('./make-folder.ts')
  try {
    await makeFolder(home)
  } catch (cause) {
    const { why, hint } = problemWith(home, cause)
    const message = `pim cannot make the folder PIM_HOME=${home}: ${why}`
    throw new PimError('unavailable', 'home-unusable', message, { hint, cause })
  }
}
