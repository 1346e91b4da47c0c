import { join } from 'node:path'
import type { Flights } from '../core/flight.ts'
import type { SignInIndex } from '../core/sign-in.ts'
import { replacePrivateFile } from './private-file.ts'
import { readPrivateFile } from './private-read.ts'

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

function read(path: string): unknown {
  try {
    const bytes = readPrivateFile(path)
    return bytes === undefined ? undefined : JSON.parse(String(bytes))
  } catch {
    return undefined
  }
}
