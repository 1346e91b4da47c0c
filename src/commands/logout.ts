import { isLive, isPending, type Elevation } from '../core/elevation.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import { formatLocalTime } from '../ui/clock.ts'

export interface LogoutFlags {
  readonly tenant?: string
}

/** `pim logout`: forgets who signed in through pim, with every token that came of it. */
export async function logoutCommand(flags: LogoutFlags, deps: Deps): Promise<number> {
  const { io } = deps
  const signIns = await deps.signIns()
  const request = flags.tenant === undefined ? {} : { tenant: flags.tenant }
  const accounts = await signIns.signOut(request, deps.signal)
  await deps.forgetFindings()
  if (accounts.length === 0) {
    const where = flags.tenant === undefined ? '' : ` to tenant ${printable(flags.tenant)}`
    io.note(`nobody was signed in${where}`)
  }
  for (const { name, tenant } of accounts) {
    io.note(`signed out ${printable(name)} of tenant ${printable(tenant)}`)
  }
  const active = await stillActive(deps)
  for (const elevation of active) await warn(elevation, deps)
  if (io.wantsJson) {
    io.json({
      schema: 'pim.logout/v1',
      accounts,
      active: active.map(({ target, state, expiresAt }) => ({
        target,
        state,
        expiresAt: expiresAt.toISOString(),
      })),
    })
  }
  return 0
}

/** To sign out ends no right: what was activated for an identity stays with it. */
async function stillActive({ records, provider, now }: Deps): Promise<readonly Elevation[]> {
  const known = await records.list()
  const open = known.filter((each) => isLive(each, now()) || isPending(each, now()))
  const grants = await Promise.all(
    open.map(async (each) => (await provider(each.provider)).access === 'grant'),
  )
  return open.filter((_, index) => grants[index])
}

async function warn(
  { target, state, expiresAt, provider: id }: Elevation,
  { io, now, provider }: Deps,
): Promise<void> {
  const isLeft = await (await provider(id)).isSetUp().catch(() => false)
  const what =
    state === 'active'
      ? `stays active until ${formatLocalTime(expiresAt, now())}`
      : 'is requested, and may still be granted'
  const how = isLeft
    ? 'release it with `pim release`'
    : 'to release it, sign in again with `pim login azure`'
  io.warn(`${printable(target)} ${what}; ${how}`)
}
