import { createHash, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Secret } from '../../core/credentials.ts'
import type { SealedItem } from './envelope-store.ts'
import { removePrivateFile } from '../files/private-file.ts'
import { readSealedFile, writeSealedFile } from './encrypted-file.ts'

/** The sealed value that an item leads to, or undefined where its file is gone. */
export async function readSealed(
  item: SealedItem,
  folder: string,
  key: string,
): Promise<string | undefined> {
  return readSealedFile({
    path: join(folder, item.file),
    key: Buffer.from(item.key, 'base64'),
    context: key,
  })
}

/** Seals a value into a file of its own under a key of its own, and resolves with what leads to it. */
export async function writeSealedItem(
  folder: string,
  storeName: string,
  key: string,
  secret: Secret,
): Promise<SealedItem> {
  const fileKey = randomBytes(32)
  const file = `${fileNameStart(storeName, key)}.${randomBytes(8).toString('hex')}`
  await writeSealedFile({ path: join(folder, file), key: fileKey, context: key }, secret.reveal())
  return { sealed: 1, key: fileKey.toString('base64'), file }
}

/** Without its key the file is only litter, so a failure does not matter. */
export async function removeFile(folder: string, file: string): Promise<void> {
  await removePrivateFile(join(folder, file)).catch(() => {})
}

/** Removes every file that was ever sealed for this key. */
export async function removeSealed(folder: string, storeName: string, key: string): Promise<void> {
  const start = fileNameStart(storeName, key)
  const names = await readdir(folder).catch(() => [])
  const ours = names.filter((name) => name.startsWith(start))
  await Promise.all(ours.map((name) => removePrivateFile(join(folder, name))))
}

// Keychain and kernel keyring share the folder; one must not remove the other's files.
function fileNameStart(storeName: string, key: string): string {
  return createHash('sha256').update(`${storeName}\0${key}`).digest('hex')
}
