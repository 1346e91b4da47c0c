import { accessDenied, notAuthorized, StsError } from './server/error.ts'
import type { Key } from './sts/keys.ts'
import { createParameterReader } from './sts/limits.ts'
import type { Role } from './sts/roles.ts'
import { isPolicy, type RolePolicies } from './role-policies.ts'
import type { XmlTree } from './server/xml.ts'

export type IamAction = 'PutRolePolicy' | 'GetRolePolicy' | 'DeleteRolePolicy'

interface Context {
  readonly form: URLSearchParams
  readonly roles: readonly Role[]
  readonly policies: RolePolicies
  /** Checks the signature. */
  readonly authenticate: () => Key
}

interface Call {
  readonly role: Role
  readonly name: string
  readonly document: string
}

/** The namespace of IAM's answers. */
export const iamNamespace = 'https://iam.amazonaws.com/doc/2010-05-08/'

/** What an action answers; nothing where the model has no result for it. */
const actions: Record<IamAction, (call: Call, policies: RolePolicies) => XmlTree | undefined> = {
  PutRolePolicy: putRolePolicy,
  GetRolePolicy: getRolePolicy,
  DeleteRolePolicy: deleteRolePolicy,
}

/** Carries out one call to IAM for an inline policy of a role, or throws the StsError that refuses it. */
export function actOnPolicies({
  form,
  roles,
  policies,
  authenticate,
}: Context): XmlTree | undefined {
  const action = form.get('Action') ?? ''
  if (!isIamAction(action)) {
    const message = `pim's sandbox has no iam:${action}; of IAM it has ${Object.keys(actions).join(', ')}`
    throw new StsError(400, 'NotInSandbox', message)
  }
  const version = form.get('Version') ?? 'NO_VERSION_SPECIFIED'
  if (version !== '2010-05-08') {
    throw new StsError(
      400,
      'InvalidAction',
      `Could not find operation ${action} for version ${version}`,
    )
  }
  const caller = authenticate()
  const input = readInput(form, action)
  const role = roles.find(({ name }) => name === input.roleName)
  checkRight(action, caller, input.roleName, role, policies)
  if (role === undefined) {
    throw noSuchEntity(`The role with name ${input.roleName} cannot be found.`)
  }
  return actions[action]({ role, name: input.policyName, document: input.document }, policies)
}

function isIamAction(action: string): action is IamAction {
  return Object.hasOwn(actions, action)
}

const word = '[\\w+=,.@-]+'

function readInput(form: URLSearchParams, action: IamAction) {
  const reader = createParameterReader(form)
  const input = {
    roleName: reader.required('RoleName', { min: 1, max: 64, pattern: word }),
    policyName: reader.required('PolicyName', { min: 1, max: 128, pattern: word }),
    document:
      action === 'PutRolePolicy' ? reader.required('PolicyDocument', { min: 1, max: 131_072 }) : '',
  }
  reader.finish()
  return input
}

function checkRight(
  action: IamAction,
  caller: Key,
  roleName: string,
  role: Role | undefined,
  policies: RolePolicies,
): void {
  const { identity } = caller
  const refusal = notAuthorized(identity.arn, `iam:${action}`, `role ${roleName}`)
  if (policies.deny(caller)) {
    throw accessDenied(`${refusal.message} with an explicit deny in an identity-based policy`)
  }
  const isItself = identity.kind === 'role' && identity.role.name === roleName
  const kind = identity.kind === 'user' ? 'users' : 'itself'
  if ((identity.kind === 'role' && !isItself) || role?.editors.includes(kind) === false) {
    throw accessDenied(
      `${refusal.message} because no identity-based policy allows the iam:${action} action`,
    )
  }
}

const roomForPolicies = 10_240

function putRolePolicy({ role, name, document }: Call, policies: RolePolicies): undefined {
  if (!isPolicy(document)) {
    throw new StsError(400, 'MalformedPolicyDocument', 'Syntax errors in policy.')
  }
  const others = policies.all(role.name).filter((other) => other !== policies.get(role.name, name))
  if ([...others, document].join('').replace(/\s/g, '').length > roomForPolicies) {
    const message = `Maximum policy size of ${roomForPolicies} bytes exceeded for role ${role.name}`
    throw new StsError(409, 'LimitExceeded', message)
  }
  policies.put(role.name, name, document)
}

function getRolePolicy({ role, name }: Call, policies: RolePolicies): XmlTree {
  const document = policies.get(role.name, name)
  if (document === undefined) throw noSuchPolicy(name)
  // The one member of the API that is encoded for a URL within XML.
  return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(document) }
}

function deleteRolePolicy({ role, name }: Call, policies: RolePolicies): undefined {
  if (!policies.remove(role.name, name)) throw noSuchPolicy(name)
}

function noSuchPolicy(name: string): StsError {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`)
}

function noSuchEntity(message: string): StsError {
  return new StsError(404, 'NoSuchEntity', message)
}
