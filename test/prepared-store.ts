import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Secret } from '../src/core/credentials.ts'
import { createPassphraseFile } from '../src/system/store/passphrase-file.ts'
import { stretchPassphrase, type Stretch } from '../src/system/store/key-derivation.ts'

/** What opens the encrypted file of every pim in memory. */
export const storePassphrase = 'the passphrase of every pim in memory'

/** Keys that were made before: each costs a tenth of a second by design, and is the same again. */
const made = new Map<string, Promise<Buffer>>()

export const stretchOnce: Stretch = (passphrase, salt, cost) => {
  const name = JSON.stringify([passphrase, salt.toString('base64'), cost])
  const key = made.get(name) ?? stretchPassphrase(passphrase, salt, cost)
  made.set(name, key)
  return key
}

let header: Promise<Buffer> | undefined

/** Begins an encrypted file of secrets in a folder, as the first run would. */
export async function prepareStore(folder: string): Promise<void> {
  header ??= makeHeader()
  const bytes = await header
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'header.json'), bytes, { mode: 0o600 })
}

async function makeHeader(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'pim-header-'))
  const passphrase = new Secret(storePassphrase)
  const store = createPassphraseFile({ folder, passphrase, stretch: stretchOnce })
  await store.write('first', new Secret('value'))
  const bytes = readFileSync(join(folder, 'header.json'))
  rmSync(folder, { recursive: true })
  return bytes
}
