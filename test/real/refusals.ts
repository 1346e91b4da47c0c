import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import type { TenantFault } from '../../sandbox/microsoft/server/faults.ts'

type Trouble = Omit<TenantFault, 'surface' | 'operation' | 'path' | 'times'>

/** An answer to an activation, and what pim says of it. */
export interface Refusal {
  readonly name: string
  readonly trouble: Trouble
  /** How often pim asks before it gives up; once unless told. */
  readonly times?: number
  readonly code: number
  readonly error: string
  readonly hint: string
  /** `provider.code`: that of the trouble unless told; null where there is none. */
  readonly said?: string | null
  /** Whether it may have been granted all the same. */
  readonly isOpen?: boolean
}

const graph = ['entra', 'group'] as const

type Said = readonly [status: number, code: string, message?: string]
type Told = readonly [code: number, error: string, hint: string]

function refused([status, code, message]: Said, [exit, error, hint]: Told): Refusal {
  const trouble = { status, code, ...(message !== undefined && { message }) }
  return { name: `${status} ${code} ${message ?? ''}`, trouble, code: exit, error, hint }
}

const policyFailed = 'RoleAssignmentRequestPolicyValidationFailed'
const failedRules = (words: string) => `The following policy rules failed: ${words}`
const undeclared = 'no claims here'
const acrsFailed = 'RoleAssignmentRequestAcrsValidationFailed'
const context = { access_token: { acrs: { essential: true, value: 'c1' } } }
const claims = `&claims=${encodeURIComponent(JSON.stringify(context))}`
const aTerminal = 'in a terminal on a machine with a browser'
const settling: Told = [6, 'still-settling', 'try again in two minutes']
const stepUp: Told = [4, 'step-up-needed', aTerminal]
const seeEligible = 'pim list --refresh'

/** The words in which failed rules are told: a list, or one with its reason. */
const rules: readonly Refusal[] = (
  [
    ['["JustificationRule"]', [3, 'justification-required', '`-j <why>`']],
    ['JustificationRule - Justification is required', [3, 'justification-required', '`-j <why>`']],
    ['["TicketingRule"]', [3, 'ticket-required', '`-t <number>`']],
    ['TicketingRule - Ticket is required', [3, 'ticket-required', '`-t <number>`']],
    ['["ExpirationRule"]', [3, 'duration-refused', '`-d`']],
    ['ExpirationRule - Duration is too long', [3, 'duration-refused', '`-d`']],
    ['["MfaRule"]', stepUp],
    ['MfaRule - MFA is required', stepUp],
    ['["EligibilityRule"]', [3, 'not-eligible', seeEligible]],
    ['["MfaRule","ExpirationRule"]', [3, 'policy-refused', 'second factor; ask for a shorter']],
    ['["TicketingRule","JustificationRule"]', [3, 'policy-refused', '<number>`; add `-j']],
    ['["MoonPhaseRule"]', [3, 'policy-refused', 'pim list --requirements']],
  ] as const
).map(([words, told]) => refused([400, policyFailed, failedRules(words)], told))

/** Codes that mean the same wherever they come from. */
const alike: readonly Refusal[] = [
  refused([400, 'RoleAssignmentExists', 'The Role assignment already exists.'], settling),
  refused([400, 'RoleAssignmentDoesNotExist'], [3, 'not-eligible', seeEligible]),
  refused([400, 'ActiveDurationTooShort'], [2, 'duration-too-short', 'five minutes or more']),
  refused([400, acrsFailed, claims], stepUp),
  refused([403, acrsFailed, claims], stepUp),
  refused([400, acrsFailed, undeclared], stepUp),
  refused([400, 'PendingRoleAssignmentRequest'], [5, 'request-pending', 'pim requests']),
  refused([400, 'SubjectNotFound'], [6, 'not-replicated', 'try again in a minute']),
  refused([400, 'AadPremiumLicenseRequired'], [3, 'license-missing', 'Entra ID P2']),
  refused([403, 'InsufficientPermissions'], [3, 'access-denied', 'ask an administrator']),
  refused([400, 'NobodyKnowsThis', 'Some words.'], [3, 'provider-refused', 'request id']),
  refused([400, 'ROLEASSIGNMENTEXISTS'], settling),
  {
    ...refused([401, 'InvalidAuthenticationToken'], [4, 'token-refused', 'pim login azure']),
    times: 2,
  },
]

const onAzure: readonly Refusal[] = [
  refused([409, 'RoleAssignmentExists'], settling),
  refused([403, 'AuthorizationFailed'], [3, 'access-denied', 'the right to read there']),
  refused([403, 'RequestDisallowedByAzure'], stepUp),
  refused([404, 'InvalidResourceType'], [6, 'not-offered', 'PIM_AZURE_RESOURCE_MANAGER_ENDPOINT']),
  refused([400, 'InvalidPolicy'], [3, 'policy-invalid', 'must fix the policy']),
  refused([400, 'RoleDefinitionDoesNotExist'], [3, 'role-unknown', seeEligible]),
  refused([404, 'SubscriptionNotFound'], [3, 'not-eligible', seeEligible]),
  refused([404, 'RoleEligibilityDoesNotExist'], [3, 'not-eligible', seeEligible]),
]

const consent = {
  errorCode: 'PermissionScopeNotGranted',
  message:
    'Authorization failed due to missing permission scope RoleAssignmentSchedule.ReadWrite.Directory.',
  instanceAnnotations: [],
}

const onGraph: readonly Refusal[] = [
  {
    ...refused(
      [403, 'UnknownError', JSON.stringify(consent)],
      [4, 'consent-missing', 'adminconsent'],
    ),
    name: 'PermissionScopeNotGranted, as JSON in JSON',
    said: 'PermissionScopeNotGranted',
  },
  refused(
    [
      400,
      'RoleAssignmentExists',
      "Request_BadRequest: One or more references exist for 'members'.",
    ],
    settling,
  ),
  refused([404, 'RoleAssignmentDoesNotExist'], [3, 'not-eligible', seeEligible]),
  refused([404, 'RoleNotFound'], [3, 'role-unknown', seeEligible]),
  refused([400, 'Request_BadRequest', 'Bad words.'], [3, 'request-invalid', '--requirements']),
  refused([403, 'Authorization_RequestDenied'], [3, 'access-denied', 'ask an administrator']),
  refused([400, 'GroupAssignmentRequestAcrsValidationFailed', claims], stepUp),
  refused([400, 'JustificationRuleViolated'], [3, 'justification-required', '`-j <why>`']),
  refused([400, 'MaximumDurationExceeded'], [3, 'duration-refused', '`-d`']),
  refused([409, 'ConcurrentActivationInProgress'], settling),
]

const page = '<!doctype html><title>Proxy</title><p>Sign in.</p>'
/** Nobody knows what the provider made of it. */
const lost = { hint: 'Check with `pim status`', isOpen: true } as const
const unreadable = { code: 6, error: 'unreadable-answer', hint: 'check', said: null }
const throttled = { code: 6, error: 'throttled' }
const failing = { code: 6, error: 'provider-failing', ...lost }
const away = { code: 6, error: 'no-answer', ...lost, said: null }
const tooMany = { status: 429, code: 'TooManyRequests' }
const wait = (seconds: string) => ({ headers: { 'Retry-After': seconds } })

/** Answers that are no answers. What PIM refuses a second time is tried again. */
const tries = 4
function brokenOff(): readonly Refusal[] {
  return [
    {
      name: '429, later',
      trouble: { ...tooMany, ...wait('1') },
      times: 4,
      ...throttled,
      hint: '1 s',
    },
    {
      name: '429, much later',
      trouble: { ...tooMany, ...wait('3600') },
      ...throttled,
      hint: '3600 s',
    },
    {
      name: '500',
      trouble: { status: 500, code: 'InternalServerError' },
      times: tries,
      ...failing,
    },
    { name: '503', trouble: { status: 503, code: 'ServiceUnavailable' }, times: tries, ...failing },
    {
      name: '503, much later',
      trouble: { status: 503, code: 'ServiceUnavailable', ...wait('3600') },
      ...failing,
    },
    { name: 'a connection that is cut', trouble: { drop: 'unheard' }, times: tries, ...away },
    {
      name: 'a page, as if all were well',
      trouble: { status: 200, body: page },
      ...unreadable,
      ...lost,
    },
    { name: 'a page that says no', trouble: { status: 403, body: page }, ...unreadable },
    {
      name: 'a page of a gateway',
      trouble: { status: 502, body: page },
      times: tries,
      ...failing,
      said: null,
    },
    {
      name: 'nothing, as if all were well',
      trouble: { status: 201, body: '' },
      ...unreadable,
      ...lost,
    },
    { name: 'nothing that says no', trouble: { status: 400, body: '' }, ...unreadable },
    {
      name: 'JSON of another kind',
      trouble: { status: 201, body: { ok: true } },
      ...unreadable,
      ...lost,
    },
  ]
}

/** Every answer that is a refusal, by what it is an answer to. */
export const refusals: readonly (readonly [kind: PimKind, name: string, refusal: Refusal])[] = [
  ...rows(['azure'], [...rules, ...alike, ...onAzure, ...brokenOff()]),
  // Roles and groups go through the same code, so that each takes every other row.
  ...rows(graph, [
    ...rules.filter((_, row) => row % 2 === 0),
    ...alike,
    ...onGraph,
    ...brokenOff(),
  ]),
]

function rows(kinds: readonly PimKind[], all: readonly Refusal[]) {
  return all.map(
    (refusal, row) => [kinds[row % kinds.length] ?? 'azure', refusal.name, refusal] as const,
  )
}
