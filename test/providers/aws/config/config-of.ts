import type { Profiles, SharedConfig } from '../../../../src/providers/aws/config/shared-config.ts'

/** A shared configuration with these profiles in the config file, and these in the credentials file. */
export function configOf(
  ofConfig: Profiles,
  ofCredentials: Profiles = {},
  more: Partial<SharedConfig> = {},
): SharedConfig {
  const profiles = { ...ofConfig }
  for (const [name, profile] of Object.entries(ofCredentials)) {
    profiles[name] = { ...profiles[name], ...profile }
  }
  return { profiles, ofConfig, ofCredentials, ssoSessions: {}, services: {}, ...more }
}
