import { GetRoleCredentialsCommand, SSOClient } from '@aws-sdk/nested-clients/sso'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import * as v from 'valibot'
import { clientOptions } from '../http/client-options.ts'
import { accessToken, unreadableAnswer } from './token.ts'
import { identityCenterOf } from './settings.ts'
import type { SourceOptions } from '../source/source-credentials.ts'

const RoleCredentials = v.object({
  roleCredentials: v.object({
    accessKeyId: v.pipe(v.string(), v.nonEmpty()),
    secretAccessKey: v.pipe(v.string(), v.nonEmpty()),
    sessionToken: v.pipe(v.string(), v.nonEmpty()),
    /** Milliseconds. */
    expiration: v.pipe(
      v.number(),
      v.transform((at) => new Date(at)),
      v.date(),
    ),
  }),
})

/** The credentials of a profile's role in Identity Center, for the sign-in that `aws sso login` left behind. */
export async function identityCenterCredentials(
  name: string,
  options: SourceOptions,
  requestHandler: NodeHttpHandler,
) {
  const settings = identityCenterOf(name, options.config)
  const { region, account, role } = settings
  const token = await accessToken(settings, options, requestHandler)
  const place = { service: 'sso', region, calls: options.calls, requestHandler } as const
  const client = new SSOClient(clientOptions(place))
  const answer = v.safeParse(
    RoleCredentials,
    await client.send(
      new GetRoleCredentialsCommand({ accountId: account, roleName: role, accessToken: token }),
    ),
  )
  if (!answer.success) throw unreadableAnswer(client)
  return { ...answer.output.roleCredentials, accountId: account }
}
