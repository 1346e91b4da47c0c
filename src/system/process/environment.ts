import { closeSync, readFileSync } from 'node:fs'
import { ownSecrets, withoutSecrets } from '../../core/session.ts'

/** Names the descriptor on which a helper of pim reads the passphrase of the store. */
const descriptorVariable = 'PIM_STORE_PASSPHRASE_FD'
const passphraseVariable = 'PIM_STORE_PASSPHRASE'

/** The descriptor that `detached.ts` opens for a helper. */
export const helperDescriptor = 3

/**
 * The environment of this process as pim reads it. Its secrets are taken out of the process's own, which
 * libraries hand on to the programs that they start.
 */
export function takeEnvironment(process: NodeJS.Process): NodeJS.ProcessEnv {
  const env = copyOf(process)
  const descriptor = env[descriptorVariable]
  if (descriptor !== undefined) {
    delete env[descriptorVariable]
    env[passphraseVariable] = readOnce(Number(descriptor))
  }
  for (const name of [...ownSecrets, descriptorVariable]) delete process.env[name]
  return env
}

/** On Windows, names differ in case from one machine to the next, and a copy tells them apart. */
function copyOf({ env, platform }: NodeJS.Process): NodeJS.ProcessEnv {
  if (platform !== 'win32') return { ...env }
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name.toUpperCase(), value]))
}

function readOnce(descriptor: number): string | undefined {
  try {
    const text = readFileSync(descriptor, 'utf8')
    closeSync(descriptor)
    return text
  } catch {
    return undefined
  }
}

/** The environment of a helper of pim, and what to write to the descriptor for it. */
export function helperEnvironment(env: Readonly<Record<string, string | undefined>>): {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly passphrase: string | undefined
} {
  const passphrase = env[passphraseVariable]
  const rest = withoutSecrets(env)
  return passphrase === undefined || passphrase === ''
    ? { env: rest, passphrase: undefined }
    : { env: { ...rest, [descriptorVariable]: `${helperDescriptor}` }, passphrase }
}
