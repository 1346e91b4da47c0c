import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { PimError } from '../../core/errors.ts'

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
  const { config, state, cache } = usualFolders({ env, platform })
  for (const folder of [config, state, cache]) {
    if (!isAbsolute(folder)) throw relative(`the home folder, or that for ${folder},`)
  }
  return { configFile: join(config, 'config.json'), state, cache }
}

const name = 'pim-cli'

/** As `env-paths` has them, which asks for the home folder when it is loaded, and throws where there is none. */
function usualFolders({ env, platform }: Place) {
  const home = platform === 'win32' ? undefined : env.HOME
  const inHome = (...parts: readonly string[]): string => join(homeOf(home), ...parts)
  if (platform === 'darwin') {
    return {
      config: inHome('Library', 'Preferences', name),
      state: inHome('Library', 'Application Support', name, 'state'),
      cache: inHome('Library', 'Caches', name),
    }
  }
  if (platform === 'win32') {
    const local = env.LOCALAPPDATA || inHome('AppData', 'Local')
    return {
      config: join(env.APPDATA || inHome('AppData', 'Roaming'), name, 'Config'),
      state: join(local, name, 'Data', 'state'),
      cache: join(local, name, 'Cache'),
    }
  }
  return {
    config: join(env.XDG_CONFIG_HOME || inHome('.config'), name),
    state: join(env.XDG_STATE_HOME || inHome('.local', 'state'), name),
    cache: join(env.XDG_CACHE_HOME || inHome('.cache'), name),
  }
}

/** A container may run under a number that no user has. */
function homeOf(home: string | undefined): string {
  try {
    return home || homedir()
  } catch (cause) {
    throw new PimError('usage', 'no-home', 'HOME is not set, and this user has no home folder', {
      hint: 'set HOME, or set PIM_HOME to a folder of yours',
      cause,
    })
  }
}

/** A log that lies wherever one happens to stand would be many logs. */
function relative(what: string): PimError {
  return new PimError('usage', 'relative-home', `${what} is not an absolute path`, {
    hint: 'set PIM_HOME, or HOME and any XDG_*_HOME, to an absolute one',
  })
}
