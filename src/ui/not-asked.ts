import type { NotAsked } from '../core/elevation/not-asked.ts'
import { formatIdentity } from '../core/identity/identity.ts'

/** One entry of `notAsked`, in the documents of lists. */
export function notAskedJson({
  provider,
  reason,
  identity,
  targets,
}: NotAsked): Readonly<Record<string, unknown>> {
  return { provider, reason, ...(identity !== undefined && { identity }), targets }
}

/** A sentence for each account whose elevations or requests a command leaves out. */
export function leftOutLines(
  all: readonly NotAsked[],
  {
    noun = 'elevation',
    verb = 'shown',
  }: { noun?: 'elevation' | 'request'; verb?: 'shown' | 'released' } = {},
): readonly string[] {
  const counts = new Map<string, number>()
  for (const { identity, targets } of all) {
    if (targets.length === 0) continue
    const who = identity === undefined ? 'an unknown account' : formatIdentity(identity)
    counts.set(who, (counts.get(who) ?? 0) + targets.length)
  }
  return [...counts].map(([who, count]) => {
    const what = count === 1 ? `1 ${noun}` : `${count} ${noun}s`
    return `not ${verb}: ${what} of ${who}; \`pim status\` shows all accounts`
  })
}
