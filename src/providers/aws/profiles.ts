import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PimError } from '../../core/errors.ts'
import { homeFolder } from './home.ts'

/** The key-value pairs of one profile. */
export type Profile = Readonly<Record<string, string | undefined>>

export type Profiles = Readonly<Record<string, Profile>>

/** Where the AWS shared configuration lies. */
export interface SharedFiles {
  readonly config: string
  readonly credentials: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The standard places, or those that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name. */
export function sharedFiles(env: Environment): SharedFiles {
  const home = homeFolder(env)
  const place = (set: string | undefined, name: string): string => {
    if (set === undefined || set === '') return join(home, '.aws', name)
    return set.startsWith('~/') ? join(home, set.slice(2)) : set
  }
  return {
    config: place(env.AWS_CONFIG_FILE, 'config'),
    credentials: place(env.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
  }
}

/**
 * Every profile of the two shared files, read with the SDK's own loader. A file that is there and
 * cannot be read is an error (`usage`): the loader alone would take it for an empty one.
 */
export async function readProfiles(files: SharedFiles): Promise<Profiles> {
  for (const path of [files.config, files.credentials]) assertReadable(path)
  const { parseKnownFiles } = await import('@smithy/core/config')
  const profiles = await parseKnownFiles({
    filepath: files.credentials,
    configFilepath: files.config,
    ignoreCache: true,
  })
  // Without a prototype, no name is found but those in the files.
  return Object.assign<Record<string, Profile>, Profiles>(Object.create(null), profiles)
}

/** Says which file is meant to hold the profiles, and whether it is there at all. */
export function describeFiles({ config }: SharedFiles): string {
  const isThere = statSync(config, { throwIfNoEntry: false }) !== undefined
  return `the profiles with a role_arn in ${config}${isThere ? '' : ', which does not exist'}`
}

/** Changes whenever the shared files do, or point elsewhere. */
export function fingerprint(files: SharedFiles): string {
  const parts = [files.config, files.credentials].map((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? `${path}:none` : `${path}:${found.mtimeMs}:${found.size}`
  })
  return parts.join('|')
}

/** The one section name that the loader refuses; it then takes the whole file for an empty one. */
const refusedSection = /^\s*\[\s*(profile\s+)?["']?__proto__["']?\s*\]/m

function unparsed(path: string): PimError {
  return new PimError('usage', 'aws-config-unreadable', `${path} has a section named __proto__`, {
    hint: 'the AWS SDK refuses the whole file for it; remove that section',
  })
}

function assertReadable(path: string): void {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return
    // A pipe would be waited for; a process substitution is one, and is not supported.
    if (!found.isFile()) throw new Error('it is not a file')
    if (refusedSection.test(readFileSync(path, 'utf8'))) throw unparsed(path)
  } catch (error) {
    if (error instanceof PimError) throw error

    const why = error instanceof Error ? error.message : String(error)
    throw new PimError('usage', 'aws-config-unreadable', `cannot read ${path}: ${why}`, {
      cause: error,
      hint: 'check that it is a file that you may read, or point AWS_CONFIG_FILE elsewhere',
    })
  }
}
