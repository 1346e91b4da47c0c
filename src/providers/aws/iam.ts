import { IAMClient, PutRolePolicyCommand, type IAMClientConfig } from '@aws-sdk/client-iam'
import type { RevokePolicy } from '../../core/revocation.ts'
import type { CaBundle } from './ca-bundle.ts'
import { withinLimit } from './call-limit.ts'
import { guardedHandler } from './http.ts'
import { iam } from './iam-meanings.ts'
import type { SessionRole } from './revoke-policy.ts'
import { attempts } from './sts.ts'
import { homeRegions, type Environment } from './way.ts'

/** An IAM client for the partition of a role. IAM is one service for all regions of a partition. */
export async function createIam(
  { partition }: Pick<SessionRole, 'partition'>,
  options: {
    readonly credentials: NonNullable<IAMClientConfig['credentials']>
    /** Where the role's session is used; it tells the way in partitions that have no well-known region. */
    readonly region: string
    readonly env: Environment
    readonly caBundle?: CaBundle | undefined
  },
): Promise<IAMClient> {
  const region = partition === 'aws' ? 'us-east-1' : (homeRegions[partition] ?? options.region)
  return new IAMClient({
    region,
    maxAttempts: attempts,
    credentials: options.credentials,
    requestHandler: await guardedHandler(options.env, options.caBundle),
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
