import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'

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
  if (io.wantsJson) io.json({ schema: 'pim.logout/v1', accounts })
  return 0
}
