import { once } from './ports.ts'
import type { Host } from './host.ts'
import type { Prompter } from '../ui/prompt/prompt.ts'
import { movesCursor } from '../ui/output/style.ts'

interface Prompters {
  readonly prompter: () => Promise<Prompter>
  /** One that still asks after Ctrl-C: what is to become of what was under way. */
  readonly prompterAfterInterrupt: () => Promise<Prompter>
}

export function lazyPrompters(host: Host): Prompters {
  const create = async (
    signal: AbortSignal,
    hold: Host['screen']['hold'] = host.screen.hold,
  ): Promise<Prompter> => {
    const { createPrompter } = await import('../ui/prompt/prompt.ts')
    return createPrompter({
      ...host.terminal(),
      movesCursor: movesCursor(host.env, host.platform),
      signal,
      hold,
    })
  }
  return {
    prompter: once(() => create(host.signals.aborted)),
    prompterAfterInterrupt: once(() => {
      const again = new AbortController()
      return create(again.signal, async (ask) => {
        // The first Ctrl-C has been heard; the next one leaves this question.
        const giveBack = host.signals.takeOver(() => again.abort())
        try {
          return await host.screen.hold(ask)
        } finally {
          giveBack()
        }
      })
    }),
  }
}
