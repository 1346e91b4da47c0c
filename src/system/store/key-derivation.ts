import { scrypt } from 'node:crypto'

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** Makes 64 bytes of key of a passphrase, slowly by design. */
export type Stretch = (passphrase: string, salt: Buffer, cost: Cost) => Promise<Buffer>

export const stretchPassphrase: Stretch = (passphrase, salt, { N, r, p }) => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
  scrypt(passphrase, salt, 64, { N, r, p, maxmem: 256 * N * r }, (error, bytes) => {
    if (error) reject(error)
    else resolve(bytes)
  })
  return promise
}
