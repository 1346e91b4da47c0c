import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { PimError } from '../../../core/errors.ts'

const largest = 64 * 1024

/**
 * The text of a small ordinary file, or undefined where there is none that can be read. Throws `usage`
 * (`token-file-unusable`) for a pipe, which would be waited for, a device, which has no end, and
 * anything too large to be a token.
 */
export function readPlainFile(path: string, what: string): string | undefined {
  let file: number | undefined
  try {
    // A link is followed, as Kubernetes makes its tokens links. Windows knows no such flag.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const found = fstatSync(file)
    if (!found.isFile()) throw unusable(path, what, 'is not an ordinary file')
    if (found.size > largest) throw unusable(path, what, `is larger than ${largest / 1024} KiB`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof PimError) throw error
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

function unusable(path: string, what: string, why: string): PimError {
  return new PimError('usage', 'token-file-unusable', `${what} ${path} ${why}`, {
    hint: 'let the AWS config or the environment name a file that holds the token',
  })
}
