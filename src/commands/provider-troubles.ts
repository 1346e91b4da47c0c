import { printable } from '../core/printable.ts'
import type { Deps } from '../deps/deps.ts'
import type { ProviderTrouble } from '../flows/discover/discover.ts'
import { sentence } from '../ui/output/error.ts'

/** Says what a provider could not answer: a person reads a warning, a program one error a line. */
export function sayTroubles(troubles: readonly ProviderTrouble[], { io }: Pick<Deps, 'io'>): void {
  for (const { provider, error } of troubles) {
    if (io.wantsJson) io.error(provider === undefined ? error : error.about(provider))
    else io.warn(`${provider}: ${sentence(error)}${hinted(error)}`)
  }
}

function hinted({ hint }: ProviderTrouble['error']): string {
  return hint === undefined ? '' : ` (${printable(hint)})`
}
