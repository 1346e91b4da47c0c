import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { PimError } from '../../../core/errors.ts'
import { systemReason } from '../../../core/system-error.ts'
import { homeFolder } from './home-folder.ts'
import { IniFault } from '../ini/ini-text.ts'
import { readIni, type IniFile } from '../ini/ini.ts'
import { emptyFile, sharedConfig, type SharedConfig } from './shared-config.ts'

export type { Profile } from './shared-config.ts'

/** Where the AWS shared configuration lies. */
export interface SharedFiles {
  readonly config: string
  readonly credentials: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The standard places, or those that `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name. As for the
 * AWS CLI, a name may hold variables, and an empty one names no file.
 */
export function sharedFiles(env: Environment): SharedFiles {
  const home = homeFolder(env)
  const place = (set: string | undefined, name: string): string => {
    if (set === undefined) return join(home, '.aws', name)
    const path = set.replace(
      /\$(?:(\w+)|\{([^}]*)\})/g,
      (written, bare: string | undefined, braced: string | undefined) =>
        env[bare ?? braced ?? ''] ?? written,
    )
    return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path
  }
  return {
    config: place(env.AWS_CONFIG_FILE, 'config'),
    credentials: place(env.AWS_SHARED_CREDENTIALS_FILE, 'credentials'),
  }
}

/**
 * What the two shared files say. Throws `usage` (`aws-config-unreadable`) for a file that is there and
 * cannot be read, or that the AWS CLI would refuse; it names the line.
 */
export function readSharedConfig(files: SharedFiles): SharedConfig {
  return sharedConfig(readFile(files.config), readFile(files.credentials))
}

/** Reads the files again only when they have changed. */
export function sharedConfigReader(files: SharedFiles): () => SharedConfig {
  let last: { readonly at: string; readonly config: SharedConfig } | undefined
  return () => {
    const at = fingerprint(files)
    if (last?.at !== at) last = { at, config: readSharedConfig(files) }
    return last.config
  }
}

/** Says which file is meant to hold the profiles, and whether it is there at all. */
export function describeFiles({ config }: SharedFiles): string {
  return `the profiles with a role_arn in ${config}${doubtAbout(config)}`
}

function doubtAbout(path: string): string {
  try {
    const isThere = path !== '' && statSync(path, { throwIfNoEntry: false }) !== undefined
    return isThere ? '' : ', which does not exist'
  } catch {
    return ', which pim may not read'
  }
}

/** Changes whenever the shared files do, or point elsewhere. */
export function fingerprint(files: SharedFiles): string {
  const parts = [files.config, files.credentials].map((path) => {
    try {
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? `${path}:none` : `${path}:${found.mtimeMs}:${found.size}`
    } catch {
      // Why it cannot be looked at is told where it is read.
      return `${path}:unreadable`
    }
  })
  return parts.join('|')
}

/** One of the files. One that is not there, and `/dev/null`, hold nothing. */
export function readFile(path: string): IniFile {
  try {
    const found = path === '' ? undefined : statSync(path, { throwIfNoEntry: false })
    if (found === undefined || isNull(path)) return emptyFile
    // A pipe would be waited for; a process substitution is one, and is not supported.
    if (!found.isFile()) throw new Error('it is not a file')
    return readIni(readFileSync(path))
  } catch (error) {
    if (error instanceof IniFault) throw refused(path, error)
    const why = systemReason(error)
    throw new PimError('usage', 'aws-config-unreadable', `cannot read ${path}: ${why}`, {
      cause: error,
      hint: 'check that it is a file that you may read, or point AWS_CONFIG_FILE elsewhere',
    })
  }
}

function isNull(path: string): boolean {
  return path === '/dev/null' || path.toLowerCase() === 'nul'
}

function refused(path: string, { line, message }: IniFault): PimError {
  return new PimError(
    'usage',
    'aws-config-unreadable',
    `cannot read ${path}, line ${line}: ${message}`,
    { hint: 'correct that line; the AWS CLI refuses the whole file' },
  )
}
