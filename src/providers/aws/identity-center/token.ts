import { rename, writeFile } from 'node:fs/promises'
import { CreateTokenCommand, SSOOIDCClient } from '@aws-sdk/nested-clients/sso-oidc'
import { ServiceException } from '@smithy/core/client'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { strangerHint } from '../../../core/http/route.ts'
import { clientOptions } from '../http/client-options.ts'
import { lastRoute, type RoutedClient } from '../http/http.ts'
import type { IdentityCenterSettings } from './settings.ts'
import { readPlainFile } from '../config/plain-file.ts'
import { noCredentials } from '../errors/no-credentials.ts'
import { ssoTokenFile } from '../source/token-files.ts'
import type { SourceOptions } from '../source/source-credentials.ts'

/** The AWS CLI before version 2 writes times in words of its own. */
const Time = v.pipe(
  v.string(),
  v.transform((text) => new Date(text.replace(/UTC$/, 'Z'))),
  v.date(),
)

const Token = v.looseObject({
  accessToken: v.pipe(v.string(), v.nonEmpty()),
  expiresAt: Time,
})

const Renewable = v.looseObject({
  refreshToken: v.pipe(v.string(), v.nonEmpty()),
  clientId: v.pipe(v.string(), v.nonEmpty()),
  clientSecret: v.pipe(v.string(), v.nonEmpty()),
})

const renewBeforeMs = 5 * 60_000

/** The token that `aws sso login` left behind, renewed where that is due and possible. Throws `sign-in`. */
export async function accessToken(
  settings: IdentityCenterSettings,
  options: SourceOptions,
  requestHandler: NodeHttpHandler,
): Promise<string> {
  const { signIn, now } = options
  const path = ssoTokenFile(settings.session ?? settings.startUrl, options.env)
  const who = settings.session === undefined ? settings.startUrl : `\`${settings.session}\``
  const text = readPlainFile(path, 'the sign-in kept in')
  if (text === undefined) throw noCredentials(`not signed in to ${who}`, signIn)
  const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), Token), text)
  if (!stored.success) throw noCredentials(`the sign-in kept in ${path} cannot be read`, signIn)
  const { accessToken: token, expiresAt } = stored.output
  const leftMs = expiresAt.getTime() - now().getTime()
  if (leftMs > renewBeforeMs) return token
  const renewed =
    settings.session === undefined
      ? undefined
      : await renew(text, path, { settings, options, requestHandler }).catch((error: unknown) => {
          if (leftMs > 0) return undefined
          throw error
        })
  if (renewed !== undefined) return renewed
  if (leftMs > 0) return token
  throw noCredentials(`the sign-in to ${who} has expired`, signIn)
}

interface Renewing {
  readonly settings: IdentityCenterSettings
  readonly options: SourceOptions
  readonly requestHandler: NodeHttpHandler
}

/** A year: no sign-in lasts longer. */
const longestSeconds = 366 * 24 * 60 * 60

const Answer = v.object({
  accessToken: v.pipe(v.string(), v.nonEmpty()),
  expiresIn: v.pipe(v.number(), v.minValue(0), v.maxValue(longestSeconds)),
  refreshToken: v.optional(v.string()),
})

/**
 * Undefined where the sign-in cannot be renewed, or Identity Center refuses to: it then serves to its end. A lost
 * answer says neither, and is thrown.
 */
async function renew(
  text: string,
  path: string,
  { settings, options, requestHandler }: Renewing,
): Promise<string | undefined> {
  const stored = v.safeParse(v.pipe(v.string(), v.parseJson(), Renewable), text)
  if (!stored.success) return undefined
  const { clientId, clientSecret, refreshToken: renewable } = stored.output
  const { region } = settings
  const place = { service: 'sso_oidc', region, calls: options.calls, requestHandler } as const
  const client = new SSOOIDCClient(clientOptions(place))
  const command = new CreateTokenCommand({
    clientId,
    clientSecret,
    refreshToken: renewable,
    grantType: 'refresh_token',
  })
  const said = await client.send(command).catch(unlessLost)
  if (said === undefined) return undefined
  const answer = v.safeParse(Answer, said)
  if (!answer.success) throw unreadableAnswer(client)
  const { accessToken: token, expiresIn, refreshToken } = answer.output
  const expiresAt = new Date(options.now().getTime() + expiresIn * 1000)
  await replace(path, {
    ...stored.output,
    accessToken: token,
    expiresAt: expiresAt.toISOString().replace(/\.\d{3}Z$/, 'Z'),
    ...(refreshToken !== undefined && { refreshToken }),
  })
  return token
}

/** Nothing for a refusal, which is an answer. Throws everything else. */
function unlessLost(thrown: unknown): undefined {
  const { httpStatusCode: status = 0 } = thrown instanceof ServiceException ? thrown.$metadata : {}
  if (status < 400 || status >= 500 || status === 429) throw thrown
}

/** Something else than Identity Center may have answered. */
export function unreadableAnswer(client: RoutedClient): PimError {
  const message = 'Identity Center gave an answer that cannot be read'
  return new PimError('unavailable', 'unreadable-answer', message, {
    hint: strangerHint(lastRoute(client), 'AWS'),
  })
}

/** The file is the AWS CLI's: other programs read it meanwhile. One that cannot be written stays as it is. */
async function replace(path: string, token: object): Promise<void> {
  const beside = `${path}.${process.pid}.tmp`
  try {
    await writeFile(beside, JSON.stringify(token, undefined, 2), { mode: 0o600 })
    await rename(beside, path)
  } catch {
    // The token serves all the same.
  }
}
