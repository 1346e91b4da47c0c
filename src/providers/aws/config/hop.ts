import { parseRoleArn, type RoleArn } from './arn.ts'
import { profileBroken } from './profile-errors.ts'
import type { Profile } from './shared-config.ts'

/** One AssumeRole call of a chain. */
export interface Hop {
  readonly role: RoleArn
  readonly profile?: string
  readonly externalId?: string
  readonly mfaSerial?: string
  readonly sessionName?: string
  readonly durationSeconds?: number
  /** Set where the role is taken with a web identity token in place of credentials. */
  readonly webIdentityTokenFile?: string
}

/** The call that a profile's keys describe. Throws `usage` where one of them cannot be sent. */
export function hopOf(name: string, profile: Profile): Hop {
  const role = parseRoleArn(profile.role_arn ?? '')
  if (role === undefined) {
    const written = JSON.stringify(profile.role_arn ?? '')
    throw profileBroken(name, `its role_arn ${written} is not a role's ARN`)
  }
  const seconds = durationSeconds(name, profile.duration_seconds)
  const { external_id: externalId, mfa_serial: mfaSerial } = profile
  const { role_session_name: sessionName, web_identity_token_file: tokenFile } = profile
  assertWritten(name, profile)
  assertGivesCodes(name, mfaSerial)
  return {
    role,
    profile: name,
    ...(externalId !== undefined && { externalId }),
    ...(mfaSerial !== undefined && { mfaSerial }),
    ...(sessionName !== undefined && { sessionName }),
    ...(seconds !== undefined && { durationSeconds: seconds }),
    ...(tokenFile !== undefined && { webIdentityTokenFile: tokenFile }),
  }
}

const sent = ['external_id', 'mfa_serial', 'role_session_name', 'web_identity_token_file'] as const

/** A blank value is sent by the AWS CLI and refused by AWS; to leave it out would be another call. */
function assertWritten(name: string, profile: Profile): void {
  const blank = sent.find((key) => profile[key] === '')
  if (blank !== undefined) throw profileBroken(name, `its ${blank} is blank`)
}

/** STS takes codes of six digits alone. */
function assertGivesCodes(name: string, device: string | undefined): void {
  if (device === undefined || !device.includes(':u2f/')) return
  throw profileBroken(
    name,
    `its mfa_serial ${device} is a security key, which gives no code for STS`,
    "name an authenticator app's device in mfa_serial, as in arn:aws:iam::<account>:mfa/<name>",
  )
}

function durationSeconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isInteger(count) && count >= 900 && count <= 43_200) return count
  throw profileBroken(
    name,
    `its duration_seconds ${JSON.stringify(text)} is not a number from 900 to 43200`,
  )
}

/** The devices whose codes a chain asks for, in order. */
export function mfaDevices(hops: readonly Hop[]): readonly string[] {
  return hops.flatMap((hop) => (hop.mfaSerial === undefined ? [] : [hop.mfaSerial]))
}
