import { PimError } from '../../core/errors.ts'

/** The file store was asked for and there is nothing to encrypt it under. */
export function missingPassphrase(
  env: Readonly<Record<string, string | undefined>> = {},
): PimError {
  const keeper = keeperOf(env)
  return new PimError(
    'usage',
    'store-passphrase-missing',
    keeper === undefined
      ? 'the credential store `file` needs a passphrase and `PIM_STORE_PASSPHRASE` is not set'
      : `the credential store \`file\` needs a passphrase, and ${keeper} does not get \`PIM_STORE_PASSPHRASE\``,
    {
      hint:
        keeper === undefined
          ? 'set `PIM_STORE_PASSPHRASE`, or choose another store with `PIM_CREDENTIAL_STORE`'
          : 'use the credentials in this environment, or run it elsewhere',
    },
  )
}

/** Under which pim this one runs, which hands its secrets to no program. */
function keeperOf(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env.PIM_CREDENTIAL_PROCESS_OF !== undefined) return 'a credential_process that pim runs'
  return env.PIM_ELEVATION_ID === undefined ? undefined : 'a command under `pim exec`'
}
