import type { ProviderDeps } from '../../src/providers/index.ts'
import { memoryIndex } from '../core/identity/sign-in-index.ts'

/** What a provider needs that is given its client: an empty machine with nobody to ask and no store. */
export function bareProviderDeps(now: () => Date): ProviderDeps {
  return {
    env: {},
    platform: 'linux',
    now,
    sleep: async () => undefined,
    settings: async () => ({ aliases: {}, targets: {} }),
    stores: {
      open: () => {
        throw new Error('no store is needed')
      },
      choose: async () => {
        throw new Error('no store is needed')
      },
    },
    signInIndex: memoryIndex(),
    person: {
      mayBeAsked: false,
      openBrowser: async () => undefined,
      say: () => undefined,
      show: () => undefined,
    },
  }
}
