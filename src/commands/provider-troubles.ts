import { printable } from '../core/printable.ts'
import type { Deps } from '../deps/deps.ts'
import type { ProviderTrouble } from '../flows/discover/discover.ts'
import { sentence } from '../ui/output/error.ts'

/** The same error of several providers, as of one store or one file, is said once. */
export function oncePerError(troubles: readonly ProviderTrouble[]): readonly GroupedTrouble[] {
  const groups = new Map<string, ProviderTrouble[]>()
  for (const each of troubles) {
    const { error, identity } = each
    const key = JSON.stringify([error.message, error.hint, error.target, identity])
    groups.set(key, [...(groups.get(key) ?? []), each])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    const names = group.flatMap(({ provider }) => provider ?? [])
    return first === undefined ? [] : [{ ...first, providers: names.join(', ') }]
  })
}

interface GroupedTrouble extends ProviderTrouble {
  /** As in `azure, entra`; empty where it is this machine's own trouble. */
  readonly providers: string
}

/** Says what a provider could not answer: a person reads a warning, a program one error a line. */
export function sayTroubles(troubles: readonly ProviderTrouble[], { io }: Pick<Deps, 'io'>): void {
  if (io.wantsJson) {
    for (const { provider, error } of troubles) {
      io.error(provider === undefined ? error : error.about(provider))
    }
    return
  }
  for (const { providers, error } of oncePerError(troubles)) {
    io.warn(`${providers}: ${sentence(error)}${hinted(error)}`)
  }
}

function hinted({ hint }: ProviderTrouble['error']): string {
  return hint === undefined ? '' : ` (${printable(hint)})`
}
