import { join } from 'node:path'
import envPaths from 'env-paths'

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
    return {
      configFile: join(home, 'config.json'),
      state: join(home, 'state'),
      cache: join(home, 'cache'),
    }
  }
  const paths = envPaths('pim-cli', { suffix: '' })
  return {
    configFile: join(paths.config, 'config.json'),
    // The library has no entry for state; on Linux its log folder is the one that XDG means for it.
    state: platform === 'linux' ? paths.log : join(paths.data, 'state'),
    cache: paths.cache,
  }
}
