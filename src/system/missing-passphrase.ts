import { PimError } from '../core/errors.ts'

/** The file store was asked for and there is nothing to encrypt it under. */
export function missingPassphrase(
  env: Readonly<Record<string, string | undefined>> = {},
): PimError {
  // `pim exec` keeps it from its command, and leaves the elevation's id there.
  const isUnderExec = env.PIM_ELEVATION_ID !== undefined
  return new PimError(
    'usage',
    'store-passphrase-missing',
    isUnderExec
      ? 'the credential store `file` needs a passphrase, and `pim exec` does not pass `PIM_STORE_PASSPHRASE` on to its command'
      : 'the credential store `file` needs a passphrase and `PIM_STORE_PASSPHRASE` is not set',
    {
      hint: isUnderExec
        ? 'use the credentials that are in the environment here, or run this outside of `pim exec`'
        : 'set `PIM_STORE_PASSPHRASE`, or choose another store with `PIM_CREDENTIAL_STORE`',
    },
  )
}
