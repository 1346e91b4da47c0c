import { randomBytes } from 'node:crypto'

/** A key and the certificate it signed for itself. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

const day = 24 * 3600 * 1000

/**
 * Makes a certificate for `localhost` that is its own authority. It goes by the clock of the machine,
 * as those who check it do.
 */
export async function makeCertificate(): Promise<Certificate> {
  // Costs more than everything else in the tenant, so only once it is needed.
  const { generate } = await import('selfsigned')
  // An issuer is looked up by its name, so two in one list of authorities must not share it.
  // Not `Date.now()`: whoever sets that clock for a tenant does not set OpenSSL's.
  const now = performance.timeOrigin + performance.now()
  const name = `pim sandbox ${randomBytes(8).toString('hex')}`
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - day),
    notAfterDate: new Date(now + 30 * day),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  return { key: made.private, cert: made.cert }
}
