import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget, type TargetText } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'

/**
 * Refuses `--tenant` and `--account` where no target has an identity that could be chosen: they must not be
 * ignored. Throws `usage`, `identity-not-used`.
 */
export async function assertIdentityUsed(
  targets: readonly TargetText[],
  { globals, provider }: Pick<Deps, 'globals' | 'provider'>,
): Promise<void> {
  const { tenant, account } = globals
  const [first] = targets
  if (first === undefined || (tenant === undefined && account === undefined)) return
  const all = await Promise.all(targets.map((target) => provider(target.provider)))
  if (all.some(({ identities }) => identities !== undefined)) return
  const option = account === undefined ? '--tenant' : '--account'
  const text = formatTarget(first)
  throw new PimError(
    'usage',
    'identity-not-used',
    `\`${option}\` chooses a sign-in to Microsoft, and \`${printable(text)}\` needs none`,
    { target: text, hint: `leave \`${option}\` out; the profile of an AWS target says who asks` },
  )
}
