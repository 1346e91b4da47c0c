import { isAbsolute, join } from 'node:path'
import envPaths from 'env-paths'
import { PimError } from '../core/errors.ts'

/** Where pim keeps things. State outlives an upgrade; the cache may be deleted at any time. */
export interface Folders {
  readonly configFile: string
  readonly state: string
  readonly cache: string
}

interface Place {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
}

/** Everything below `PIM_HOME` where that is set; else the platform's folders under the name `pim-cli`. */
export function foldersFor({ env, platform }: Place): Folders {
  const home = env.PIM_HOME
  if (home !== undefined && home !== '') {
    if (!isAbsolute(home)) throw relative(`PIM_HOME=${home}`)
    return {
      configFile: join(home, 'config.json'),
      state: join(home, 'state'),
      cache: join(home, 'cache'),
    }
  }
  const paths = envPaths('pim-cli', { suffix: '' })
  // The library has no entry for state; on Linux its log folder is the one that XDG means for it.
  const state = platform === 'linux' ? paths.log : join(paths.data, 'state')
  for (const folder of [paths.config, state, paths.cache]) {
    if (!isAbsolute(folder)) throw relative(`the home folder, or that for ${folder},`)
  }
  return { configFile: join(paths.config, 'config.json'), state, cache: paths.cache }
}

/** A log that lies wherever one happens to stand would be many logs. */
function relative(what: string): PimError {
  return new PimError('usage', 'relative-home', `${what} is not an absolute path`, {
    hint: 'set PIM_HOME, or HOME and any XDG_*_HOME, to an absolute one',
  })
}
