import { join } from 'node:path'
import { PimError } from '../../core/errors.ts'
import type { Flights } from '../../core/elevation/single-flight.ts'
import type { SignInIndex } from '../../core/identity/sign-in.ts'
import { replacePrivateFile } from '../files/private-file.ts'
import { readPrivateFile } from '../files/private-file-read.ts'

/** One file in the state folder, 0600, replaced whole under a lock. */
export function createSignInIndex(stateFolder: string, flights: Flights): SignInIndex {
  const path = join(stateFolder, 'sign-ins.json')
  const options = { signal: new AbortController().signal, patienceSeconds: 10 }
  return {
    read: async () => read(path),
    change: (change) =>
      flights.run('sign-ins', options, () =>
        replacePrivateFile(path, Buffer.from(JSON.stringify(change(read(path))))),
      ),
  }
}

/** Never nobody where it cannot be read: tokens of those in it would be kept, and nothing would name them. */
function read(path: string): unknown {
  const bytes = readPrivateFile(path)
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(String(bytes))
  } catch (cause) {
    const message = `pim cannot read the list of sign-ins: ${path} is damaged`
    throw new PimError('unavailable', 'sign-ins-unreadable', message, {
      hint: `move ${path} away, and sign in again with \`pim login azure\`; \`pim doctor\` finds tokens that are left`,
      cause,
    })
  }
}
