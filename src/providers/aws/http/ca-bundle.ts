import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { PimError } from '../../../core/errors.ts'

/** A file of CA certificates, and what names it. */
export interface CaBundle {
  readonly path: string
  /** As in `AWS_CA_BUNDLE`. */
  readonly by: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The variable comes before the profile's `ca_bundle`, as for the AWS CLI. */
export function caBundleOf(
  env: Environment,
  ofProfile: CaBundle | undefined,
): CaBundle | undefined {
  const path = env.AWS_CA_BUNDLE
  return path === undefined || path === '' ? ofProfile : { path, by: 'AWS_CA_BUNDLE' }
}

const largest = 16 * 1024 * 1024
const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** What to do where a certificate is signed by a CA that is not trusted. A bundle replaces all other CAs. */
export function foreignCertificateHint(bundleBy: string | undefined): string {
  return bundleBy === undefined
    ? 'name the file of the CA that signed it in AWS_CA_BUNDLE or NODE_EXTRA_CA_CERTS'
    : `add the CA that signed it to the file in ${bundleBy}`
}

interface Read {
  readonly at: string
  readonly certificates: readonly string[]
}

/** By path: each client of a command asks for the same file. */
const bundles = new Map<string, Read>()

/**
 * The certificates of a bundle, read once as long as the file does not change. They take the place of the usual
 * ones, as for the AWS CLI. Throws `usage` (`ca-bundle-unusable`): Node itself would take a broken file for one
 * that trusts nobody.
 */
export function readCaBundle(bundle: CaBundle): readonly string[] {
  const at = stateOf(bundle)
  const before = bundles.get(bundle.path)
  if (before?.at === at) return before.certificates
  const certificates = certificatesOf(bundle)
  bundles.set(bundle.path, { at, certificates })
  return certificates
}

function certificatesOf(bundle: CaBundle): readonly string[] {
  const certificates =
    tried(bundle, () => readFileSync(bundle.path, 'utf8')).match(certificate) ?? []
  if (certificates.length === 0)
    throw unusable(bundle, 'which contains no certificate in PEM format')
  for (const [index, pem] of certificates.entries()) {
    if (!isReadable(pem)) throw unusable(bundle, `whose certificate ${index + 1} cannot be read`)
  }
  return certificates
}

/** Changes with the file. */
function stateOf(bundle: CaBundle): string {
  const found = tried(bundle, () => statSync(bundle.path, { throwIfNoEntry: false }))
  if (found === undefined) throw unusable(bundle, 'which does not exist')
  if (!found.isFile()) throw unusable(bundle, 'which is not an ordinary file')
  if (found.size > largest) throw unusable(bundle, 'which is larger than 16 MiB')
  return `${found.ino}:${found.mtimeMs}:${found.size}`
}

function tried<Result>(bundle: CaBundle, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw unusable(bundle, 'which cannot be read', error)
  }
}

function isReadable(pem: string): boolean {
  try {
    return new X509Certificate(pem).subject !== undefined
  } catch {
    return false
  }
}

function unusable({ path, by }: CaBundle, why: string, cause?: unknown): PimError {
  return new PimError('usage', 'ca-bundle-unusable', `${by} names ${path}, ${why}`, {
    hint: 'name a file of CA certificates in PEM form, with its whole path',
    cause,
  })
}
