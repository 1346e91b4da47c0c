import { createHash } from 'node:crypto'
import type { Elevation } from '../../../core/elevation/elevation.ts'
import { PimError } from '../../../core/errors.ts'
import { typed } from '../../../core/printable.ts'
import type { RevokePolicy } from '../../../core/elevation/revocation.ts'

/** The role of a session, as far as its ARN tells: without the role's path. */
export interface SessionRole {
  readonly partition: string
  readonly account: string
  readonly name: string
}

/** By what AWS tells the sessions that are meant from all others of the role. */
export interface Limit {
  readonly key: 'aws:SourceIdentity' | 'aws:userid'
  readonly value: string
}

const sessionArn =
  /^arn:(aws[\w-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]{1,64})\/[\w+=,.@-]{2,64}$/

/** The role that a session was taken of. Throws `refused` where the elevation does not tell. */
export function sessionRole({ facts, target }: Elevation): SessionRole {
  const [, partition, account, name] = sessionArn.exec(facts.assumedRole ?? '') ?? []
  if (partition !== undefined && account !== undefined && name !== undefined) {
    return { partition, account, name }
  }
  throw new PimError('refused', 'session-unknown', 'it is not known which role the session is of', {
    target,
    hint: `\`pim elevate ${typed(target)} --force\`, and release that with \`--revoke\``,
  })
}

/**
 * Whom a policy is to deny: the person by the source identity, which every session of theirs carries.
 * Without one, this session alone, if its name is its own. Throws `refused` where neither is known: a
 * policy without a limit denies everybody.
 */
export function limitFor({ facts, id, target }: Elevation): Limit {
  const { sourceIdentity = '', assumedRoleId = '', sessionName = '' } = facts
  if (/^[\w+=,.@-]{2,64}$/.test(sourceIdentity)) {
    return { key: 'aws:SourceIdentity', value: sourceIdentity }
  }
  // A name that the profile sets is everybody's who uses the profile.
  const isItsOwn = sessionName.endsWith(`-${id}`) && assumedRoleId.endsWith(`:${sessionName}`)
  if (isItsOwn && /^ARO\w{2,61}:[\w+=,.@-]{2,64}$/.test(assumedRoleId)) {
    return { key: 'aws:userid', value: assumedRoleId }
  }
  throw new PimError(
    'refused',
    'session-not-distinct',
    'the session has neither a source identity nor a name of its own, and a policy would deny others too',
    {
      target,
      hint: `let the role's trust policy allow sts:SetSourceIdentity, and set no role_session_name; \`pim config set targets.${target}.sourceIdentity require\` insists on it`,
    },
  )
}

/** The policy that denies everything to the sessions that are meant and were issued before a moment. */
export function revokePolicy(
  { account, name: role }: SessionRole,
  limit: Limit,
  deniesBefore: Date,
): RevokePolicy {
  const name = policyName(limit)
  const document = policyDocument(limit, deniesBefore)
  const on = ['--role-name', role, '--policy-name', name]
  return {
    role,
    account,
    name,
    document,
    deniesBefore,
    whose: limit.key === 'aws:SourceIdentity' ? `of ${limit.value}` : `named ${sessionOf(limit)}`,
    putCommand: ['aws', 'iam', 'put-role-policy', ...on, '--policy-document', document],
    removeCommand: ['aws', 'iam', 'delete-role-policy', ...on],
  }
}

function policyDocument({ key, value }: Limit, deniesBefore: Date): string {
  const moment = deniesBefore.toISOString().replace('.000Z', 'Z')
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: {
          DateLessThan: { 'aws:TokenIssueTime': moment },
          StringEquals: { [key]: value },
        },
      },
    ],
  })
}

/**
 * The same for the same sessions, so that a repeat takes the place of what was there, and for nobody
 * else's: a policy that took another's place would let those sessions work again.
 */
function policyName(limit: Limit): string {
  return limit.key === 'aws:SourceIdentity'
    ? `PimRevokeOlderSessions-${distinct(limit.value)}`
    : `PimRevokeSession-${distinct(sessionOf(limit))}`
}

/** IAM may take two names for one that differ in case alone; source identities that do are two. */
function distinct(value: string): string {
  if (value === value.toLowerCase()) return value
  return `${value}-${createHash('sha256').update(value).digest('hex').slice(0, 12)}`
}

function sessionOf({ value }: Limit): string {
  return value.slice(value.indexOf(':') + 1)
}

/**
 * Throws `refused` for a role that only AWS itself may change. Its path tells, as far as it is known,
 * and the name, of which AWS reserves the beginning.
 */
export function assertChangeable(
  { name }: SessionRole,
  path: string | undefined,
  target: string,
): void {
  if (name.startsWith('AWSReservedSSO_') || path?.startsWith('aws-reserved/') === true) {
    throw new PimError(
      'refused',
      'role-unmodifiable',
      `${name} is a role of Identity Center and cannot be changed in its account`,
      {
        target,
        hint: "an administrator of Identity Center removes the assignment, or denies by aws:TokenIssueTime in the permission set's inline policy or an SCP",
      },
    )
  }
  if (name.startsWith('AWSServiceRoleFor') || path?.startsWith('aws-service-role/') === true) {
    throw new PimError(
      'refused',
      'role-unmodifiable',
      `${name} is a role of an AWS service and cannot be changed`,
      { target, hint: 'an administrator may deny by aws:TokenIssueTime in an SCP' },
    )
  }
}
