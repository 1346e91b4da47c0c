import { createHash } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { readPlainFile } from '../config/plain-file.ts'
import { homeFolder } from '../config/home-folder.ts'
import type { Profile } from '../config/shared-config.ts'
import { noCredentials } from '../errors/no-credentials.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Looks at the files that the SDK would open for the default credentials or a container's: it would
 * wait for a pipe without an end. Throws `usage` (`token-file-unusable`).
 */
export function assertTokenFiles(env: Environment): void {
  const {
    AWS_WEB_IDENTITY_TOKEN_FILE: identity,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: container,
  } = env
  if (identity) readPlainFile(identity, 'the web identity token')
  if (container) readPlainFile(container, "the token for the container's endpoint")
}

/**
 * Looks at what `aws login` left behind for a profile, for the same reason. Throws
 * `sign-in` (`no-source-credentials`) where it is not JSON: the SDK's own words for that quote it.
 */
export function assertSignIn(profile: Profile, env: Environment, signIn: string): void {
  const path = signInFile(profile, env)
  const text = path === undefined ? undefined : readPlainFile(path, 'the sign-in kept in')
  if (text === undefined || v.is(v.pipe(v.string(), v.parseJson(), v.looseObject({})), text)) return
  throw noCredentials(`the sign-in kept in ${path} cannot be read`, signIn)
}

/** The names are the AWS CLI's, by which the SDK finds them too. */
function signInFile({ login_session: login }: Profile, env: Environment): string | undefined {
  if (login === undefined) return undefined
  const folder = env.AWS_LOGIN_CACHE_DIRECTORY ?? join(awsFolder(env), 'login', 'cache')
  return join(folder, `${digest('sha256', login)}.json`)
}

/** Where `aws sso login` keeps the sign-in to a session, or to a start URL in profiles of the older form. */
export function ssoTokenFile(signedInTo: string, env: Environment): string {
  return join(awsFolder(env), 'sso', 'cache', `${digest('sha1', signedInTo)}.json`)
}

function awsFolder(env: Environment): string {
  return join(homeFolder(env), '.aws')
}

function digest(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex')
}
