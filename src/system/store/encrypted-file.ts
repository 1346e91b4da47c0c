import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

import { replacePrivateFile } from '../files/private-file.ts'
import { corrupt, readPrivateFile } from '../files/private-file-read.ts'

const header = Buffer.from('pim-sealed-1\n')
const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts with AES-256-GCM under a fresh nonce. `context` is authenticated with it: sealed bytes
 * moved to another context do not open.
 */
export function seal(key: Uint8Array, plaintext: string, context: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associated(context))
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext])
}

/** What was sealed, or undefined when key, context or a single bit differs. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): string | undefined {
  const bytes = Buffer.from(sealed)
  const body = header.length + nonceBytes + tagBytes
  if (bytes.length < body || !bytes.subarray(0, header.length).equals(header)) return undefined
  const nonce = bytes.subarray(header.length, header.length + nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associated(context))
  decipher.setAuthTag(bytes.subarray(header.length + nonceBytes, body))
  const plaintext = decipher.update(bytes.subarray(body))
  try {
    return Buffer.concat([plaintext, decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

export interface SealedFile {
  readonly path: string
  readonly key: Uint8Array
  readonly context: string
}

/** Resolves undefined where there is no file; one that was changed is `store-corrupt`. */
export async function readSealedFile(file: SealedFile): Promise<string | undefined> {
  const sealed = readPrivateFile(file.path)
  if (sealed === undefined) return undefined
  const plaintext = unseal(file.key, sealed, file.context)
  if (plaintext === undefined) throw corrupt(file.path, 'it was changed or cut short')
  return plaintext
}

export async function writeSealedFile(file: SealedFile, plaintext: string): Promise<void> {
  await replacePrivateFile(file.path, seal(file.key, plaintext, file.context))
}

function associated(context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')])
}
