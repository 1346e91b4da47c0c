import { readFileSync, statSync } from 'node:fs'
import type { ConfigurationFault } from '../../../core/provider.ts'
import { parseRoleArn } from './arn.ts'
import { IniFault } from '../ini/ini-text.ts'
import { readFile, type SharedFiles } from './profiles.ts'
import { readSdkProfiles, type SdkProfiles } from './sdk-profiles.ts'
import { endsInRole } from './role-chain.ts'
import { profileName, sharedConfig, type Profile } from './shared-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** What is worth knowing of a configuration that can be read. Calls nobody. */
export function diagnose(files: SharedFiles, env: Environment): readonly ConfigurationFault[] {
  const { config, credentials } = files
  return [
    ...markFaults(config),
    ...markFaults(credentials),
    ...sdkFaults(files),
    ...nameFaults(files),
    ...variableFaults(env),
  ]
}

function warning(id: string, message: string, hint: string): ConfigurationFault {
  return { id, status: 'warn', message, hint }
}

function textOf(path: string): string {
  try {
    return path !== '' && statSync(path).isFile() ? readFileSync(path, 'utf8') : ''
  } catch {
    // `readFile` tells why a file cannot be read.
    return ''
  }
}

function markFaults(path: string): readonly ConfigurationFault[] {
  if (!textOf(path).startsWith('\ufeff')) return []
  const message = `${path} begins with a byte order mark, and the AWS CLI refuses it`
  return [warning('aws.mark', message, 'save the file as UTF-8 without a byte order mark')]
}

/** Tools built with an SDK act as another role, or as none, where they read a profile differently. */
function sdkFaults({ config, credentials }: SharedFiles): readonly ConfigurationFault[] {
  return [
    ...differences(config, 'config', namesOfConfig(config)),
    ...differences(credentials, 'credentials', namesOfCredentials(credentials)),
  ]
}

interface Named {
  readonly line: number
  readonly values: Profile
}

function namesOfConfig(path: string): ReadonlyMap<string, Named> {
  return new Map(
    readFile(path).sections.flatMap((section): [string, Named][] => {
      const name = profileName(section)
      return name === undefined ? [] : [[name, named(section)]]
    }),
  )
}

function namesOfCredentials(path: string): ReadonlyMap<string, Named> {
  return new Map(readFile(path).sections.map((section) => [section.name, named(section)]))
}

function named({ line, entries }: ReturnType<typeof readFile>['sections'][number]): Named {
  return { line, values: Object.fromEntries([...entries].map(([key, { value }]) => [key, value])) }
}

function differences(
  path: string,
  kind: 'config' | 'credentials',
  names: ReadonlyMap<string, Named>,
): readonly ConfigurationFault[] {
  const found = sdkProfiles(path, kind)
  if (found instanceof IniFault) {
    const message = `the AWS SDKs refuse ${path}, line ${found.line}: ${found.message}`
    return [
      warning('aws.sdk', message, 'write it as both read it: keys from the first column, `=`'),
    ]
  }
  const differing = [...names].flatMap(([name, { line, values }]) => {
    const how = difference(values, found.get(name))
    return how === undefined ? [] : [`\`${name}\` (line ${line}: ${how})`]
  })
  if (differing.length === 0) return []
  const shown = differing.slice(0, most).join(', ')
  const rest = differing.length > most ? ` and ${differing.length - most} more` : ''
  const message = `the AWS SDKs read ${path} in another way: ${shown}${rest}`
  return [
    warning(
      'aws.sdk',
      message,
      'pim reads it as the AWS CLI does; name letters, digits and -_./@+%: only',
    ),
  ]
}

const most = 5

function sdkProfiles(path: string, kind: 'config' | 'credentials'): SdkProfiles | IniFault {
  try {
    return readSdkProfiles(textOf(path).replace(/^\ufeff/, ''), kind)
  } catch (error) {
    if (error instanceof IniFault) return error
    throw error
  }
}

/** Names the keys alone: a value may be a secret. */
function difference(
  values: Profile,
  theirs: ReadonlyMap<string, string> | undefined,
): string | undefined {
  if (theirs === undefined) return 'not found'
  const keys = new Set([...Object.keys(values), ...theirs.keys()])
  const differing = [...keys].filter((key) => lines(values[key]) !== lines(theirs.get(key)))
  return differing.length === 0 ? undefined : differing.join(', ')
}

/** The two disagree about blank lines in a list, and nobody minds. */
function lines(value: string | undefined): string | undefined {
  return value?.replace(/\n\s*(?=\n|$)/g, '')
}

function nameFaults({ config, credentials }: SharedFiles): readonly ConfigurationFault[] {
  const { profiles } = sharedConfig(readFile(config), readFile(credentials))
  return Object.entries(profiles).flatMap(([name, profile]) => {
    if (!endsInRole(profile) || parseRoleArn(name) === undefined) return []
    const message = `the profile \`${name}\` is no target: its name is a role's ARN, which is that role`
    return [warning('aws.name', message, 'rename the profile')]
  })
}

function variableFaults({
  AWS_PROFILE: current,
  AWS_DEFAULT_PROFILE: older,
}: Environment): readonly ConfigurationFault[] {
  if (!current || !older || current === older) return []
  const message = `AWS_PROFILE is ${current} and AWS_DEFAULT_PROFILE is ${older}; pim takes the first`
  return [warning('aws.variables', message, 'unset one: version 1 of the AWS CLI takes the second')]
}
