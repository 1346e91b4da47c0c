import { IAMClient, PutRolePolicyCommand, type IAMClientConfig } from '@aws-sdk/client-iam'
import type { RevokePolicy } from '../../../core/elevation/revocation.ts'
import { withinLimit } from '../http/call-limit.ts'
import type { CallSettings } from '../http/call-settings.ts'
import { clientOptions } from '../http/client-options.ts'
import { guardedHandler } from '../http/http.ts'
import { iam } from '../errors/iam-error-codes.ts'
import { homeRegions } from '../config/region.ts'
import type { SessionRole } from './revoke-policy.ts'
import type { Environment } from '../source/resolve.ts'

/** An IAM client for the partition of a role. IAM is one service for all regions of a partition. */
export async function createIam(
  { partition }: Pick<SessionRole, 'partition'>,
  options: {
    readonly credentials: NonNullable<IAMClientConfig['credentials']>
    /** Where the role's session is used; it tells the way in partitions that have no well-known region. */
    readonly region: string
    readonly calls: CallSettings
    readonly env: Environment
  },
): Promise<IAMClient> {
  const region = partition === 'aws' ? 'us-east-1' : (homeRegions[partition] ?? options.region)
  const requestHandler = await guardedHandler(options.env, options.calls)
  return new IAMClient({
    ...clientOptions({ service: 'iam', region, calls: options.calls, requestHandler }),
    credentials: options.credentials,
  })
}

/** PutRolePolicy. A policy of this name that the role has is replaced. Errors come as the SDK threw them. */
export async function putRolePolicy(
  client: IAMClient,
  { role, name, document }: RevokePolicy,
  signal: AbortSignal,
): Promise<void> {
  const command = new PutRolePolicyCommand({
    RoleName: role,
    PolicyName: name,
    PolicyDocument: document,
  })
  await withinLimit(signal, { service: iam, client }, (abortSignal) =>
    client.send(command, { abortSignal }),
  )
}
