import type { ErrorKind } from '../../../core/errors.ts'

/** What an error code means to a person. Without words of its own, Microsoft's are shown. */
export interface Meaning {
  readonly kind: ErrorKind
  readonly code: string
  readonly says?: string
  readonly hint: string
}

export const signInAgain = 'sign in again with `pim login azure`'
const tryLater = 'try again in a minute'
const seeEligible = '`pim list --refresh` shows what you are eligible for'

const stillSettling: Meaning = {
  kind: 'unavailable',
  code: 'still-settling',
  says: 'Microsoft says that this is active already, though it does not list it',
  hint: 'try again in two minutes: lists at Microsoft lag after a release',
}

const requestExists: Meaning = {
  kind: 'refused',
  code: 'request-exists',
  says: 'a request of this id was made before',
  hint: 'check with `pim status`',
}

const stepUpNeeded: Meaning = {
  kind: 'sign-in',
  code: 'step-up-needed',
  says: 'this needs a sign-in that meets an authentication context',
  hint: 'run it in a terminal on a machine with a browser, signed in with `pim login azure`',
}

export const mfaNeeded: Meaning = {
  kind: 'sign-in',
  code: 'mfa-needed',
  says: 'this needs a sign-in with multi-factor authentication',
  hint: 'sign in again with `pim login azure` (or `az login`, for Azure resource roles) and confirm with your second factor',
}

const tokenRefused: Meaning = {
  kind: 'sign-in',
  code: 'token-refused',
  says: 'Microsoft does not accept the sign-in',
  hint: `${signInAgain}; where another program signs in, sign in there`,
}

const wrongTenant: Meaning = {
  kind: 'sign-in',
  code: 'wrong-tenant',
  says: 'the sign-in is for another tenant',
  hint: 'name the tenant with AZURE_TENANT_ID or `pim config set azure.tenant`, and sign in to it',
}

const notEligible: Meaning = { kind: 'refused', code: 'not-eligible', hint: seeEligible }

const accessDenied: Meaning = {
  kind: 'refused',
  code: 'access-denied',
  hint: 'below the scope of your eligibility you need the right to read there; ask an administrator for it',
}

const roleUnknown: Meaning = { kind: 'refused', code: 'role-unknown', hint: seeEligible }

export const justificationRequired: Meaning = {
  kind: 'refused',
  code: 'justification-required',
  says: 'the policy demands a justification',
  hint: 'add `-j <why>`',
}

export const ticketRequired: Meaning = {
  kind: 'refused',
  code: 'ticket-required',
  says: 'the policy demands a ticket',
  hint: 'add `-t <number>`',
}

export const durationRefused: Meaning = {
  kind: 'refused',
  code: 'duration-refused',
  says: 'the policy allows no such duration',
  hint: 'ask for a shorter time with `-d`; `pim list --requirements` shows the longest',
}

/** Every error code of ARM and Graph that pim knows, in lower case: their casing is not to be relied on. */
const meanings: ReadonlyMap<string, Meaning> = byLowerCase({
  RoleAssignmentExists: stillSettling,
  ConcurrentActivationInProgress: stillSettling,
  RoleAssignmentDoesNotExist: {
    kind: 'refused',
    code: 'assignment-missing',
    says: 'Microsoft knows of no such eligibility or active assignment',
    hint: `${seeEligible}; Microsoft knows a new activation only after a minute`,
  },
  ActiveDurationTooShort: {
    kind: 'refused',
    code: 'duration-too-short',
    says: 'Microsoft allows no activation under five minutes, and no release in the first five minutes',
    hint: 'ask for at least `-d 5m`; release five minutes after the start',
  },
  RoleAssignmentRequestAcrsValidationFailed: stepUpNeeded,
  GroupAssignmentRequestAcrsValidationFailed: stepUpNeeded,
  PendingRoleAssignmentRequest: {
    kind: 'pending',
    code: 'request-pending',
    says: 'a request for this is pending already',
    hint: '`pim requests` shows it, with its id for `pim wait` and `pim cancel`',
  },
  RoleAssignmentRequestExists: requestExists,
  RoleAssignmentScheduleRequestExists: requestExists,
  InsufficientPermissions: {
    ...accessDenied,
    hint: 'ask an administrator for the right to read it',
  },
  AuthorizationFailed: accessDenied,
  Authorization_RequestDenied: accessDenied,
  LinkedAuthorizationFailed: accessDenied,
  RequestDisallowedByPolicy: {
    ...accessDenied,
    hint: 'an Azure policy of your organisation forbids it',
  },
  SubjectNotFound: {
    kind: 'unavailable',
    code: 'not-replicated',
    says: 'Microsoft does not know the identity there yet',
    hint: tryLater,
  },
  AadPremiumLicenseRequired: {
    kind: 'refused',
    code: 'license-missing',
    says: 'the tenant has no licence for Privileged Identity Management',
    hint: 'it needs Microsoft Entra ID P2 or Microsoft Entra ID Governance',
  },
  RequestDisallowedByAzure: { kind: mfaNeeded.kind, code: mfaNeeded.code, hint: mfaNeeded.hint },
  InvalidResourceType: {
    kind: 'unavailable',
    code: 'not-offered',
    says: 'this cloud does not offer that',
    hint: 'check `azure.cloud` and PIM_AZURE_RESOURCE_MANAGER_ENDPOINT',
  },
  InvalidPolicy: {
    kind: 'refused',
    code: 'policy-invalid',
    hint: 'an administrator must fix the policy of the role',
  },
  RoleDefinitionDoesNotExist: roleUnknown,
  RoleNotFound: roleUnknown,
  SubscriptionNotFound: notEligible,
  ResourceGroupNotFound: {
    kind: 'usage',
    code: 'unknown-scope',
    says: 'there is no such resource group',
    hint: 'check its name; `az group list` shows those that you may see',
  },
  RoleEligibilityDoesNotExist: notEligible,
  JustificationRuleViolated: justificationRequired,
  MaximumDurationExceeded: durationRefused,
  Request_BadRequest: {
    kind: 'refused',
    code: 'request-invalid',
    hint: 'compare it with `pim list --requirements`',
  },
  InvalidAuthenticationToken: tokenRefused,
  ExpiredAuthenticationToken: tokenRefused,
  AuthenticationFailed: tokenRefused,
  InvalidAuthenticationTokenTenant: wrongTenant,
  InvalidAuthenticationTokenAudience: {
    ...tokenRefused,
    hint: 'the sign-in is for another cloud: check `azure.cloud` and the endpoints',
  },
})

/** The meaning of a code, whatever its casing. */
export function meaningOf(code: string): Meaning | undefined {
  return meanings.get(code.toLowerCase())
}

/** The codes that have one, in lower case. */
export const knownCodes: readonly string[] = [...meanings.keys()]

function byLowerCase(table: Readonly<Record<string, Meaning>>): ReadonlyMap<string, Meaning> {
  return new Map(Object.entries(table).map(([code, meaning]) => [code.toLowerCase(), meaning]))
}

/** What a status says where the code says nothing. */
export function meaningOfStatus(status: number): Meaning | undefined {
  if (status === 401) return tokenRefused
  if (status === 407) {
    return {
      kind: 'unavailable',
      code: 'proxy-sign-in',
      says: 'a proxy wants a sign-in',
      hint: 'set HTTPS_PROXY=http://user:password@host:port',
    }
  }
  if (status >= 300 && status < 400) {
    return {
      kind: 'unavailable',
      code: 'unexpected-redirect',
      says: 'the answer sends elsewhere, where no token is sent',
      hint: 'check for a proxy or firewall between this machine and Microsoft',
    }
  }
  return undefined
}
