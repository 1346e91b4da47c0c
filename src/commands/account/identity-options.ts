import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget, type ProviderId, type TargetText } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'

/**
 * Refuses `--tenant` and `--account` where no target has an identity that could be chosen: they must not be
 * ignored. Throws `usage`, `identity-not-used`.
 */
export async function assertIdentityUsed(
  targets: readonly TargetText[],
  deps: Pick<Deps, 'globals' | 'provider'>,
): Promise<void> {
  const [first] = targets
  if (first === undefined) return
  const target = formatTarget(first)
  await assertUsedBy(
    targets.map(({ provider }) => provider),
    { what: target, target },
    deps,
  )
}

/** The same for a command about one provider. */
export async function assertIdentityUsedAt(
  provider: ProviderId,
  deps: Pick<Deps, 'globals' | 'provider'>,
): Promise<void> {
  await assertUsedBy([provider], { what: provider }, deps)
}

async function assertUsedBy(
  ids: readonly ProviderId[],
  { what, target }: { readonly what: string; readonly target?: string },
  { globals: { tenant, account }, provider }: Pick<Deps, 'globals' | 'provider'>,
): Promise<void> {
  if (tenant === undefined && account === undefined) return
  const all = await Promise.all(ids.map((id) => provider(id)))
  if (all.some(({ identities }) => identities !== undefined)) return
  const option = account === undefined ? '--tenant' : '--account'
  throw new PimError(
    'usage',
    'identity-not-used',
    `\`${option}\` chooses a sign-in to Microsoft, and \`${printable(what)}\` needs none`,
    { target, hint: `leave \`${option}\` out; the profile of an AWS target says who asks` },
  )
}
