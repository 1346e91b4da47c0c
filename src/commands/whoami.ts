import { asPimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import { providerIds } from '../core/target.ts'
import type { Deps } from '../deps.ts'

/** `pim whoami`: who you are on this machine, and at each provider before any elevation. */
export async function whoamiCommand(deps: Deps): Promise<number> {
  const { io, actor } = deps
  const answers = await Promise.all(
    providerIds.map(async (id) => {
      try {
        const provider = await deps.provider(id)
        return { provider: id, identity: await provider.whoAmI(deps.signal) }
      } catch (error) {
        return { provider: id, error: asPimError(error) }
      }
    }),
  )
  for (const { error } of answers) if (error !== undefined) io.error(error)
  if (io.wantsJson) {
    io.json({
      schema: 'pim.whoami/v1',
      actor,
      identities: answers.flatMap(({ provider, identity }) => {
        if (identity === undefined) return []
        const { name, person, account } = identity
        return [{ provider, name, person, account }]
      }),
      errors: answers.flatMap(({ provider, error }) =>
        error ? [{ provider, error: error.toJSON() }] : [],
      ),
    })
  } else {
    io.out(`local: ${printable(actor.user)} on ${printable(actor.host)}`)
    for (const { provider, identity } of answers) {
      if (identity !== undefined) io.out(`${provider}: ${printable(identity.name)}`)
    }
  }
  return worstExitCode(answers.map(({ error }) => error?.exitCode ?? 0))
}
