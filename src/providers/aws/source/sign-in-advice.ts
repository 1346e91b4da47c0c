import { typed } from '../../../core/printable.ts'
import { programOf } from './credential-process.ts'
import { methodOf } from './profile-credentials.ts'
import { sourceProfiles, type Source } from '../config/role-chain.ts'
import type { SharedConfig } from '../config/shared-config.ts'

/** What to type when the credentials that a chain starts from no longer serve. */
export function signInAdvice(source: Source, config: SharedConfig): string {
  switch (source.kind) {
    case 'web-identity':
      return 'have a new web identity token written'
    case 'default':
      return defaultAdvice(sourceProfiles(config).slice(0, named))
    case 'provided':
      return `new credentials must come from ${source.by}`
    case 'static':
      return `put valid keys for the profile \`${source.profile}\` into the AWS credentials file`
    case 'profile':
      return profileAdvice(source.profile, config)
  }
}

const named = 3

function defaultAdvice(names: readonly string[]): string {
  const profile =
    names.length === 0
      ? 'the name of a profile that has some'
      : names.map((name) => `\`${name}\``).join(' or ')
  return `sign in with \`aws sso login\` or \`aws login\`, export AWS_* credentials, or set AWS_PROFILE to ${profile}`
}

function profileAdvice(name: string, config: SharedConfig): string {
  const process = config.profiles[name]?.credential_process ?? ''
  switch (methodOf(name, config)) {
    case 'identity-center':
      return `sign in with \`aws sso login --profile ${typed(name)}\``
    case 'login':
      return `sign in with \`aws login --profile ${typed(name)}\``
    case 'process': {
      const program = programOf(process)
      return `its credential_process${program === undefined ? '' : ` (\`${program}\`)`} must give new ones`
    }
    case 'keys':
    case undefined:
      return `give the profile \`${name}\` valid credentials, for example with \`aws configure --profile ${typed(name)}\``
  }
}
