import { isLive, isPending, type Elevation } from '../../core/elevation/elevation.ts'
import { formatIdentity, type IdentityChoice } from '../../core/identity/identity.ts'
import { printable, typed } from '../../core/printable.ts'
import type { Account } from '../../core/identity/sign-in.ts'
import type { Deps } from '../../deps/deps.ts'
import { formatLocalTime } from '../../core/time/local-time.ts'

export type LogoutFlags = IdentityChoice

/** `pim logout`: forgets who signed in through pim, with every token that came of it. */
export async function logoutCommand(flags: LogoutFlags, deps: Deps): Promise<number> {
  const { io } = deps
  const signIns = await deps.signIns()
  const accounts = await signIns.signOut(flags, deps.signal)
  await deps.forgetFindings()
  if (accounts.length === 0) {
    const who = flags.account === undefined ? 'nobody' : printable(flags.account)
    const not = flags.account === undefined ? '' : ' not'
    const where = flags.tenant === undefined ? '' : ` to tenant ${printable(flags.tenant)}`
    io.note(`${who} was${not} signed in${where}`)
  }
  for (const { name, tenant, tenantName } of accounts) {
    io.note(`signed out ${printable(name)} of tenant ${printable(tenantName ?? tenant)}`)
  }
  const active = await stillActive(await signIns.accounts(), deps)
  for (const elevation of active) await warn(elevation, deps)
  if (io.wantsJson) {
    io.json({
      schema: 'pim.logout/v1',
      accounts,
      active: active.map(({ target, state, expiresAt, identity }) => ({
        target,
        state,
        expiresAt: expiresAt.toISOString(),
        ...(identity !== undefined && { identity }),
      })),
    })
  }
  return 0
}

/** To sign out ends no right: what was activated for an identity stays with it. Not of whoever is still signed in. */
async function stillActive(
  accounts: readonly Account[],
  { records, provider, now }: Deps,
): Promise<readonly Elevation[]> {
  const known = await records.list()
  const open = known.filter((each) => isLive(each, now()) || isPending(each, now()))
  const grants = await Promise.all(
    open.map(async (each) => (await provider(each.provider)).access === 'grant'),
  )
  return open.filter(({ identity }, index) => {
    const isThere = accounts.some(
      ({ tenant, name }) => identity?.tenant === tenant && identity.name === name,
    )
    return grants[index] === true && !isThere
  })
}

async function warn(
  { target, state, expiresAt, provider: id, identity }: Elevation,
  { io, now, provider }: Deps,
): Promise<void> {
  const isLeft = await (await provider(id)).isSetUp().catch(() => false)
  const whose = identity === undefined ? '' : ` for ${printable(formatIdentity(identity))}`
  const what =
    state === 'active'
      ? `stays active until ${formatLocalTime(expiresAt, now())}${whose}`
      : `is requested${whose}, and may still be granted`
  const tenant = identity === undefined ? '' : ` --tenant ${typed(identity.tenant)}`
  const how = `to release it, sign in again with \`pim login azure${tenant}\``
  io.warn(
    `${printable(target)} ${what}; ${isLeft ? `\`pim release\` releases it, or ${how}` : how}`,
  )
}
