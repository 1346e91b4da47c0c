import { asPimError, worstExitCode, type PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { CloudIdentity } from '../../core/provider.ts'
import { parseProvider, providerIds, type ProviderId } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { formatLocalTime } from '../../core/time/local-time.ts'
import { assertIdentityUsedAt } from './identity-options.ts'
import { oncePerError } from '../provider-troubles.ts'
import { progressNotes, whileAsking } from '../progress.ts'

export interface WhoamiFlags {
  readonly provider?: string
}

/** `pim whoami`: who you are on this machine, and at each provider before any elevation. */
export async function whoamiCommand(flags: WhoamiFlags, deps: Deps): Promise<number> {
  const { io, actor } = deps
  const only = flags.provider === undefined ? undefined : parseProvider(flags.provider)
  if (only !== undefined) await assertIdentityUsedAt(only, deps)
  const asked = only === undefined ? providerIds : [only]
  const answers = await Promise.all(asked.map((id) => answerOf(id, deps)))
  const nobody = answers.filter(isNobody).map(({ provider }) => provider)
  const troubles = answers.flatMap(({ provider, error }) =>
    error === undefined ? [] : [{ provider, error, isSetUp: true }],
  )
  for (const { providers, error } of oncePerError(troubles)) io.error(error.about(providers))
  if (io.wantsJson) {
    io.json({
      schema: 'pim.whoami/v1',
      actor,
      identities: answers.flatMap(({ provider, identity }) =>
        identity === undefined ? [] : [identityJson(provider, identity)],
      ),
      errors: answers.flatMap(({ provider, error }) =>
        error ? [{ provider, error: error.toJSON() }] : [],
      ),
      notSignedIn: nobody,
    })
  } else {
    io.out(`local: ${printable(actor.user)} on ${printable(actor.host)}`)
    for (const { provider, identity } of answers) {
      if (identity !== undefined) say(provider, identity, deps)
    }
    if (nobody.length > 0) {
      io.out(`${nobody.join(', ')}: not signed in (\`pim login azure\`)`)
    }
  }
  return worstExitCode(answers.map(({ error }) => error?.exitCode ?? 0))
}

interface Answer {
  readonly provider: ProviderId
  readonly identity?: CloudIdentity
  readonly error?: PimError
}

/** Where nobody led pim, nobody is asked who we are. */
async function answerOf(id: ProviderId, deps: Deps): Promise<Answer> {
  try {
    const provider = await deps.provider(id)
    if (!(await provider.isSetUp())) return { provider: id }
    const asked = provider.whoAmI(deps.signal)
    return { provider: id, identity: await whileAsking(id, asked, progressNotes(deps)) }
  } catch (error) {
    return { provider: id, error: asPimError(error) }
  }
}

function isNobody({ identity, error }: Answer): boolean {
  return identity === undefined && error === undefined
}

function identityJson(
  provider: ProviderId,
  { name, person, account, identity, signIn }: CloudIdentity,
): Readonly<Record<string, unknown>> {
  return {
    provider,
    name,
    person,
    account,
    identity,
    ...(signIn !== undefined && {
      signIn: { ...signIn, expiresAt: signIn.expiresAt.toISOString() },
    }),
  }
}

function say(
  provider: ProviderId,
  { name, account, identity, signIn }: CloudIdentity,
  { io, now }: Deps,
): void {
  if (signIn === undefined) return io.out(`${provider}: ${printable(name)}`)
  const until = formatLocalTime(signIn.expiresAt, now())
  const { variables } = signIn
  const named = variables === undefined ? '' : ` (${variables.join(' and ')})`
  const source = printable(`${signIn.source}${named}`)
  const { tenantName } = identity
  const tenant = tenantName === undefined ? `tenant ${account}` : `${tenantName} (${account})`
  io.out(
    `${provider}: ${printable(name)} in ${printable(tenant)}, by ${source}, token until ${until}`,
  )
  if (signIn.scopes.length > 0) io.out(`  may ${printable(signIn.scopes.join(' '))}`)
}
