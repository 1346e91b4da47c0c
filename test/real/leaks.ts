import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'vitest'

interface Issued {
  readonly SecretAccessKey: string
  readonly SessionToken: string
}

/** Every form in which a text may lie in a file: as it is, as UTF-16, in hex, and in base64 at any offset. */
function formsOf(text: string): readonly Buffer[] {
  const bytes = Buffer.from(text)
  const base64 = [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
    // The first and last characters also depend on what stands beside the text.
    return [encoded.toString('base64'), encoded.toString('base64url')].map((form) =>
      form.replace(/=+$/, '').slice(offset === 0 ? 0 : offset + 1, -1),
    )
  })
  const hex = bytes.toString('hex')
  return [
    bytes,
    Buffer.from(text, 'utf16le'),
    ...[hex, hex.toUpperCase(), ...base64].map((form) => Buffer.from(form)),
  ]
}

/** The files below a folder that hold one of the secrets in any form. */
export function filesWith(secrets: readonly string[], folder: string): readonly string[] {
  const forms = secrets.flatMap(formsOf)
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path)
      return forms.some((form) => bytes.includes(form))
    })
}

/** What every way of looking must find, or finding nothing would mean nothing. */
export function expectSearchToWork(folder: string): void {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
  const plants = [
    secret,
    `{"key":"${secret}"}`,
    Buffer.from(secret).toString('base64'),
    Buffer.from(`{"key":"${secret}"}`).toString('base64'),
    Buffer.from(`{"keys":"${secret}"}`).toString('base64url'),
    Buffer.from(secret, 'utf16le'),
  ]
  for (const plant of plants) {
    const path = join(folder, 'planted')
    writeFileSync(path, plant)
    expect(filesWith([secret], folder)).toEqual([path])
    writeFileSync(path, '')
  }
}

export function secretsOf(out: string): readonly [string, string] {
  const { SecretAccessKey, SessionToken } = JSON.parse(out) as Issued
  expect([SecretAccessKey.length > 20, SessionToken.length > 20]).toEqual([true, true])
  return [SecretAccessKey, SessionToken]
}
