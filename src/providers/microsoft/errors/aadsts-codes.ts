import type { ErrorKind } from '../../../core/errors.ts'

/** What one of the authority's numbers means to a person. */
export interface SignInMeaning {
  readonly kind: ErrorKind
  readonly code: string
  readonly says: string
  readonly hint: string
}

const again = 'sign in again with `pim login azure`'
const administrator = 'ask an administrator of the tenant'

function signIn(code: string, says: string, hint: string): SignInMeaning {
  return { kind: 'sign-in', code, says, hint }
}

const mfa = signIn(
  'mfa-needed',
  'the sign-in needs a second factor',
  'sign in again with `pim login azure` and confirm with your second factor',
)
const expired = signIn('sign-in-expired', 'the sign-in has expired', again)
const device = signIn(
  'device-refused',
  'a policy of the tenant does not admit this device or this way to sign in',
  'sign in on a managed device with `pim login azure`, through a browser and not with `--device-code`',
)
const blocked = signIn(
  'access-blocked',
  'a Conditional Access policy of the tenant blocks this sign-in',
  `${administrator} which policy blocks it (the Entra sign-in log names it), then ${again}`,
)
const enrolment = signIn(
  'mfa-enrolment-needed',
  'the account has to set up a second factor first',
  'set one up at https://aka.ms/mfasetup, then sign in again with `pim login azure`',
)
const crossTenant = (which: string): SignInMeaning =>
  signIn(
    'tenant-access-denied',
    `${which} does not allow this account into this tenant`,
    'ask an administrator about cross-tenant access settings, or name another tenant: `pim login azure --tenant <domain or id>`',
  )
const tenantMissing = signIn(
  'tenant-missing',
  'the sign-in does not say which tenant is meant',
  'name it: `pim login azure --tenant <domain or id>`',
)
const interaction = signIn('interaction-needed', 'the sign-in has to be confirmed', again)
const tenantUnknown = signIn(
  'tenant-unknown',
  'there is no such tenant',
  'check `--tenant`, AZURE_TENANT_ID and `azure.tenant`',
)
const appUnknown = signIn(
  'application-unknown',
  'the tenant does not know the application that signs in',
  'check AZURE_CLIENT_ID and `azure.clientId`, or have an administrator add it to the tenant',
)
const appSecret = signIn(
  'application-secret-refused',
  "the application's own secret or certificate is refused",
  'put a valid one into the environment: AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH',
)
const federation = signIn(
  'federation-refused',
  "the pipeline's or workload's token is not trusted",
  "compare its issuer, subject and audience with the application's federated credentials",
)

/** The numbers behind `AADSTS` that pim knows. Missing consent is told apart in `sign-in-errors.ts`. */
export const signInMeanings: Readonly<Record<string, SignInMeaning>> = {
  50011: signIn(
    'redirect-refused',
    'the application does not expect an answer on this machine',
    'its registration needs the redirect `http://localhost` under "Mobile and desktop applications"',
  ),
  7000218: signIn(
    'redirect-refused',
    'the application is registered as one that keeps a secret',
    'its registration needs the redirect `http://localhost` under "Mobile and desktop applications", and public client flows allowed',
  ),
  50034: signIn('account-unknown', 'the tenant does not know this account', again),
  50020: signIn(
    'account-unknown',
    'the account is not in this tenant',
    'name another with `--tenant`',
  ),
  90072: signIn(
    'account-unknown',
    'the account is not in this tenant',
    'name another with `--tenant`',
  ),
  50053: signIn('account-locked', 'the account is locked', administrator),
  50057: signIn('account-disabled', 'the account is disabled', administrator),
  50126: signIn('password-wrong', 'user name or password is wrong', again),
  50005: signIn(
    'platform-refused',
    'a policy of the tenant does not admit this operating system',
    'run `pim login azure` on a system that the policy admits, or ask an administrator of the tenant',
  ),
  50014: signIn(
    'account-unknown',
    'the invitation of the account into this tenant has not been accepted',
    'accept the invitation that was mailed, or name another tenant with `--tenant`',
  ),
  50059: tenantMissing,
  50072: enrolment,
  50128: tenantMissing,
  50131: blocked,
  50144: signIn(
    'password-expired',
    'the password of the account has expired (Active Directory)',
    'change the password, then sign in again with `pim login azure`',
  ),
  50199: signIn(
    'interaction-needed',
    'the sign-in has to be confirmed in the browser',
    'sign in again with `pim login azure`, and confirm that you meant this application',
  ),
  51004: signIn(
    'account-unknown',
    'the account is not in the directory of this tenant',
    'sign in with another account, or name another tenant: `pim login azure --tenant <domain or id>`',
  ),
  500021: signIn(
    'tenant-restricted',
    'the network here allows no sign-in to this tenant (tenant restrictions)',
    'ask the administrator of the network, or name another tenant: `pim login azure --tenant <domain or id>`',
  ),
  500022: signIn(
    'tenant-restricted',
    'the network here allows no sign-in to this tenant (tenant restrictions)',
    'ask the administrator of the network, or name another tenant: `pim login azure --tenant <domain or id>`',
  ),
  500200: signIn(
    'account-personal',
    'this is a personal Microsoft account, and a work or school account is needed',
    'sign in with a work or school account: `pim login azure --tenant <domain or id>`',
  ),
  500212: crossTenant("the account's own organisation"),
  500213: crossTenant("the tenant's cross-tenant access policy"),
  130500: signIn(
    'credential-refused',
    'a policy of the tenant does not admit sign-in by phone',
    'sign in again with `pim login azure` and choose another method',
  ),
  50055: signIn('password-expired', 'the password has expired', again),
  50058: interaction,
  50074: mfa,
  50076: mfa,
  50078: mfa,
  50079: enrolment,
  50158: interaction,
  16000: interaction,
  50097: device,
  50105: {
    kind: 'refused',
    code: 'not-assigned',
    says: 'the account is not assigned to the application that signs in',
    hint: 'have an administrator assign it, or choose another application with `azure.clientId`',
  },
  50173: signIn('sign-in-revoked', 'the sign-in was revoked', again),
  50132: expired,
  50133: expired,
  50089: expired,
  70008: expired,
  70043: expired,
  70044: expired,
  700082: expired,
  700084: expired,
  53000: device,
  53001: device,
  53002: device,
  53003: blocked,
  53004: enrolment,
  53011: signIn(
    'account-at-risk',
    'the account is blocked because of risk in its home tenant',
    `${administrator} to dismiss the risk (Entra ID Protection), then ${again}`,
  ),
  530032: device,
  530033: device,
  530035: signIn(
    'access-blocked',
    'the security defaults of the tenant block this sign-in',
    'run `pim login azure` without `--device-code`, and confirm with your second factor',
  ),
  700003: signIn(
    'device-deleted',
    'the organisation has deleted this device from its directory',
    `register the device again or ask an administrator, then ${again}`,
  ),
  65004: signIn('sign-in-declined', 'consent was declined', again),
  70016: signIn('sign-in-pending', 'the code was not entered yet', again),
  70018: signIn('sign-in-expired', 'the code has expired', again),
  70020: signIn('sign-in-expired', 'the code has expired', again),
  90002: tenantUnknown,
  900023: tenantUnknown,
  700016: appUnknown,
  7000112: signIn(
    'application-disabled',
    'the application that signs in is disabled in the tenant',
    'ask an administrator to enable it, or choose another with `pim config set azure.clientId <id>`',
  ),
  500014: signIn(
    'resource-disabled',
    'what a token was asked for is disabled in the tenant',
    `${administrator} to enable its service principal, then ${again}`,
  ),
  500011: signIn(
    'resource-unknown',
    'the tenant does not know what a token was asked for',
    'check `azure.cloud` and the endpoints',
  ),
  7000215: appSecret,
  7000222: appSecret,
  700027: appSecret,
  70021: federation,
  700211: federation,
  700212: federation,
  700213: federation,
  700024: federation,
  90033: {
    kind: 'unavailable',
    code: 'provider-failing',
    says: 'the authority could not answer',
    hint: 'try again in a minute',
  },
  90014: signIn('sign-in-refused', 'the authority misses something in the request', again),
}

/** The numbers that stand for consent that nobody has given. */
export const consentNumbers: readonly string[] = [
  '65001',
  '65002',
  '90094',
  '90095',
  '90008',
  '650056',
  '650057',
]
