import { seconds } from '../../../src/core/time/duration.ts'
import type { RolePolicies } from '../role-policies.ts'
import { accessDenied, notAuthorized, StsError, validationError } from '../server/error.ts'
import { issueKey } from './keys.ts'
import type { Identity, Key } from './keys.ts'
import { readAssumeRole, readSessionToken, readWebIdentity } from './parameters.ts'
import { sandboxAccount } from './roles.ts'
import type { Role } from './roles.ts'
import { checkTrust, passesMfa, sessionDuration, type TakeCode } from './trust.ts'
import { readWebIdentityToken } from './web-identity.ts'
import type { XmlTree } from '../server/xml.ts'

export type StsAction =
  | 'AssumeRole'
  | 'AssumeRoleWithWebIdentity'
  | 'GetCallerIdentity'
  | 'GetSessionToken'

export interface Context {
  readonly form: URLSearchParams
  readonly roles: readonly Role[]
  readonly policies: RolePolicies
  readonly now: Date
  readonly takeCode: TakeCode
  /** Checks the signature; called only by the actions that are signed. */
  readonly authenticate: () => Key
}

export interface Answer {
  /** Absent where the model has none. */
  readonly result: XmlTree | undefined
  readonly issued?: Key
}

const actions: Record<StsAction, (context: Context) => Answer> = {
  AssumeRole: assumeRole,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
}

/** Carries out one call, or throws the StsError that refuses it. */
export function act(context: Context): Answer {
  const action = context.form.get('Action')
  const version = context.form.get('Version')
  if (action === null) {
    throw new StsError(400, 'MissingAction', 'The request is missing the Action parameter')
  }
  if (!isStsAction(action) || version !== '2011-06-15') {
    const message = `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`
    throw new StsError(400, 'InvalidAction', message)
  }
  return actions[action](context)
}

function isStsAction(action: string): action is StsAction {
  return Object.hasOwn(actions, action)
}

function assumeRole(context: Context): Answer {
  const { form, now } = context
  const caller = context.authenticate()
  const input = readAssumeRole(form)
  const role = findRole(context.roles, input.roleArn)
  if (role === undefined) throw notAuthorized(caller.identity.arn, 'sts:AssumeRole', input.roleArn)
  if (context.policies.deny(caller)) {
    const { message } = notAuthorized(caller.identity.arn, 'sts:AssumeRole', input.roleArn)
    throw accessDenied(`${message} with an explicit deny in an identity-based policy`)
  }
  checkTrust(role, caller, input, context.takeCode)
  const isChained = caller.identity.kind === 'role'
  const duration = sessionDuration(role, input.durationSeconds, isChained)
  const inherited = caller.identity.kind === 'role' ? caller.identity.sourceIdentity : undefined
  const identity = roleIdentity(role, {
    sessionName: input.roleSessionName,
    sourceIdentity: input.sourceIdentity ?? inherited,
    tags: input.tags,
  })
  const issued = issueKey({ identity, duration, withMfa: false }, now)
  const result = {
    SourceIdentity: identity.sourceIdentity,
    ...describeRoleSession(issued),
    PackedPolicySize: input.packedPolicySize,
  }
  return { result, issued }
}

function assumeRoleWithWebIdentity({ form, roles, now }: Context): Answer {
  const input = readWebIdentity(form)
  const claims = readWebIdentityToken(input.webIdentityToken, now)
  const role = findRole(roles, input.roleArn)
  if (role?.trusts.includes('web-identity') !== true) {
    throw accessDenied('Not authorized to perform sts:AssumeRoleWithWebIdentity')
  }
  const duration = sessionDuration(role, input.durationSeconds, false)
  const identity = roleIdentity(role, {
    sessionName: input.roleSessionName,
    sourceIdentity: undefined,
    tags: [],
  })
  const issued = issueKey({ identity, duration, withMfa: false }, now)
  const provider = claims.issuer.replace('https://', '')
  const result = {
    Audience: claims.audience,
    ...describeRoleSession(issued),
    Provider: `arn:aws:iam::${sandboxAccount}:oidc-provider/${provider}`,
    SubjectFromWebIdentityToken: claims.subject,
    PackedPolicySize: input.packedPolicySize,
  }
  return { result, issued }
}

function getCallerIdentity({ authenticate }: Context): Answer {
  const { arn, userId } = authenticate().identity
  return { result: { Arn: arn, UserId: userId, Account: sandboxAccount } }
}

function getSessionToken({ form, now, takeCode, authenticate }: Context): Answer {
  const caller = authenticate()
  const input = readSessionToken(form)
  if (caller.session !== undefined) {
    throw accessDenied('Cannot call GetSessionToken with session credentials')
  }
  const withMfa = passesMfa(caller.identity, input, takeCode)
  const duration = seconds(input.durationSeconds ?? 43_200)
  const issued = issueKey({ identity: caller.identity, duration, withMfa }, now)
  return { result: { Credentials: describeCredentials(issued) }, issued }
}

function findRole(roles: readonly Role[], arn: string): Role | undefined {
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/.test(arn)) {
    throw validationError('Request ARN is invalid')
  }
  return roles.find((role) => role.arn === arn)
}

type RoleIdentity = Extract<Identity, { kind: 'role' }>
type SessionDetails = Pick<RoleIdentity, 'sessionName' | 'sourceIdentity' | 'tags'>

function roleIdentity(role: Role, details: SessionDetails): RoleIdentity {
  return {
    kind: 'role',
    role,
    ...details,
    arn: `arn:aws:sts::${sandboxAccount}:assumed-role/${role.name}/${details.sessionName}`,
    userId: `${role.roleId}:${details.sessionName}`,
  }
}

function describeRoleSession(key: Key): XmlTree {
  const { arn, userId } = key.identity
  return {
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    Credentials: describeCredentials(key),
  }
}

function describeCredentials({ accessKeyId, secretAccessKey, session }: Key): XmlTree {
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: session?.token,
    Expiration: session?.expiresAt.toISOString().replace('.000Z', 'Z'),
  }
}
