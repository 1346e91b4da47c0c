import { PimError } from '../core/errors.ts'

/** The file store was asked for and there is nothing to encrypt it under. */
export function missingPassphrase(): PimError {
  return new PimError(
    'usage',
    'store-passphrase-missing',
    'the credential store `file` needs a passphrase and `PIM_STORE_PASSPHRASE` is not set',
    { hint: 'set `PIM_STORE_PASSPHRASE`, or choose another store with `PIM_CREDENTIAL_STORE`' },
  )
}
