import { createHmac, randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

import * as v from 'valibot'

import { type CredentialStore, Secret } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'
import { createPrivateFile, removePrivateFile, removeTemporaries } from '../files/private-file.ts'
import { missingPassphrase } from './missing-passphrase.ts'
import { corrupt, readPrivateFile } from '../files/private-file-read.ts'
import { readSealedFile, seal, unseal, writeSealedFile } from './encrypted-file.ts'
import { stretchPassphrase, type Stretch } from './key-derivation.ts'

const minimumCost = 2 ** 15

const Header = v.object({
  version: v.literal(1),
  kdf: v.literal('scrypt'),
  N: v.pipe(v.number(), v.integer(), v.minValue(minimumCost), v.maxValue(2 ** 17)),
  r: v.literal(8),
  p: v.literal(1),
  salt: v.pipe(v.string(), v.base64()),
  /** A constant sealed under the passphrase: tells a wrong passphrase from a damaged file. */
  check: v.pipe(v.string(), v.base64()),
})
type Header = v.InferOutput<typeof Header>

interface Keys {
  readonly sealing: Buffer
  readonly naming: Buffer
}

export interface PassphraseFileOptions {
  readonly folder: string
  readonly passphrase: Secret
  /** Makes the key; scrypt where absent. */
  readonly stretch?: Stretch | undefined
}

/**
 * One file per secret, each sealed under a key that scrypt makes of the passphrase. File names are
 * keyed hashes, so that the folder tells nobody which targets it holds.
 */
export function createPassphraseFile(options: PassphraseFileOptions): CredentialStore {
  const { folder } = options
  if (options.passphrase.reveal() === '') throw missingPassphrase()
  let unlocked: Promise<Keys> | undefined
  // Stretching the passphrase is slow by design, so it is done once; a failure may be tried again.
  const keys = async (header: Header) => {
    unlocked ??= unlock(header, options)
    return unlocked.catch((thrown: unknown) => {
      unlocked = undefined
      throw thrown
    })
  }
  const existingKeys = async () => {
    const header = await readHeader(folder)
    return header && keys(header)
  }
  const read = async (key: string): Promise<Secret | undefined> => {
    const found = await existingKeys()
    const value = found && (await readSealedFile(sealedFile(folder, found, key)))
    return value === undefined ? undefined : new Secret(value)
  }
  return {
    name: 'file',
    read,
    glance: read,
    write: async (key, secret) => {
      const found = (await existingKeys()) ?? (await keys(await createHeader(options)))
      await writeSealedFile(sealedFile(folder, found, key), secret.reveal())
    },
    remove: async (key) => {
      const found = await existingKeys()
      if (found === undefined) return false
      const { path } = sealedFile(folder, found, key)
      await removeTemporaries(path, 'all')
      return removePrivateFile(path)
    },
    others: async (known) => {
      const found = await existingKeys()
      if (found === undefined) return []
      const referred = new Set(known.map((key) => sealedFile(folder, found, key).path))
      const paths = (await readdir(folder))
        .filter((name) => /^[0-9a-f]{64}$/.test(name))
        .map((name) => join(folder, name))
      return paths.filter((path) => !referred.has(path))
    },
  }
}

function sealedFile(folder: string, { sealing, naming }: Keys, key: string) {
  const name = createHmac('sha256', naming).update(key).digest('hex')
  return { path: join(folder, name), key: sealing, context: `secret:${key}` }
}

function headerPath(folder: string): string {
  return join(folder, 'header.json')
}

async function readHeader(folder: string): Promise<Header | undefined> {
  const bytes = readPrivateFile(headerPath(folder))
  if (bytes === undefined) return undefined
  const header = v.safeParse(v.pipe(v.string(), v.parseJson(), Header), bytes.toString('utf8'))
  if (!header.success) throw corrupt(headerPath(folder), 'it is not what pim wrote there')
  return header.output
}

async function createHeader(options: PassphraseFileOptions): Promise<Header> {
  const parameters = { version: 1, kdf: 'scrypt', N: minimumCost, r: 8, p: 1 } as const
  const salt = randomBytes(16).toString('base64')
  const { sealing } = await derive({ ...parameters, salt }, options)
  const check = seal(sealing, '', headerContext).toString('base64')
  const header: Header = { ...parameters, salt, check }
  const path = headerPath(options.folder)
  const isOurs = await createPrivateFile(path, Buffer.from(`${JSON.stringify(header)}\n`))
  // Another process was faster: its salt is the one that counts.
  return isOurs ? header : ((await readHeader(options.folder)) ?? header)
}

const headerContext = 'header'

async function unlock(header: Header, options: PassphraseFileOptions): Promise<Keys> {
  const keys = await derive(header, options)
  const check = unseal(keys.sealing, Buffer.from(header.check, 'base64'), headerContext)
  if (check !== undefined) return keys
  throw new PimError(
    'unavailable',
    'store-passphrase-wrong',
    'the credential store cannot be opened with the passphrase in `PIM_STORE_PASSPHRASE`',
    {
      hint: `set the passphrase it was made with, or remove \`${options.folder}\` with its content and start again`,
    },
  )
}

async function derive(
  { N, r, p, salt }: Omit<Header, 'check'>,
  { passphrase, stretch = stretchPassphrase }: PassphraseFileOptions,
): Promise<Keys> {
  const text = passphrase.reveal().normalize('NFKC')
  const bytes = await stretch(text, Buffer.from(salt, 'base64'), { N, r, p })
  return { sealing: bytes.subarray(0, 32), naming: bytes.subarray(32) }
}
