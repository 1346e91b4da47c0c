import { profileBroken } from '../config/profile-errors.ts'
import { isRegion } from '../config/region.ts'
import type { SharedConfig } from '../config/shared-config.ts'

/** What a profile asks of Identity Center. */
export interface IdentityCenterSettings {
  /** Absent in profiles of the older form. */
  readonly session: string | undefined
  readonly startUrl: string
  readonly region: string
  readonly account: string
  readonly role: string
}

/**
 * A profile's `sso_*` keys with those of the session that it names, as botocore puts them together. Throws
 * `usage` (`aws-profile-broken`) where one is missing or they contradict each other.
 */
export function identityCenterOf(name: string, config: SharedConfig): IdentityCenterSettings {
  const profile = config.profiles[name] ?? {}
  const session = profile.sso_session
  const ofSession = session === undefined ? {} : config.ssoSessions[session]
  if (ofSession === undefined) {
    throw profileBroken(name, `there is no section [sso-session ${session}]`)
  }
  const differing = Object.keys(ofSession).find(
    (key) => profile[key] !== undefined && profile[key] !== ofSession[key],
  )
  if (differing !== undefined) {
    throw profileBroken(name, `its ${differing} is not that of its sso-session \`${session}\``)
  }
  const settings = { ...profile, ...ofSession }
  const { sso_start_url = '', sso_region = '', sso_account_id = '', sso_role_name = '' } = settings
  const needed = { sso_start_url, sso_region, sso_account_id, sso_role_name }
  const missing = Object.entries(needed).flatMap(([key, value]) => (value === '' ? key : []))
  if (missing.length > 0) throw profileBroken(name, `it has no ${missing.join(', ')}`)
  if (!isRegion(sso_region)) {
    throw profileBroken(name, `its sso_region ${JSON.stringify(sso_region)} is not an AWS region`)
  }
  return {
    session,
    startUrl: sso_start_url,
    region: sso_region,
    account: sso_account_id,
    role: sso_role_name,
  }
}
