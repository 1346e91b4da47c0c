import type { ErrorKind } from '../../../core/errors.ts'

/** What is known at the place where a call failed, to say it well. */
export interface FailedCall {
  readonly target: string | undefined
  /** What was tried, as in `assume arn:…`. */
  readonly what: string
  /** How to get new source credentials. */
  readonly signIn: string
  readonly withMfa: boolean
  readonly webIdentityTokenFile?: string
  /** Values that were sent and must not come back in a message. */
  readonly secrets: readonly string[]
  /** The provider's clock minus this machine's, where it was seen. */
  readonly clockAheadMs: number
}

/** What an error code means to a person. */
export interface Meaning {
  readonly kind: ErrorKind
  readonly code: string
  readonly says?: (call: FailedCall) => string
  readonly hint: (call: FailedCall) => string
}

export const later = (): string => 'try again in a minute'

/** STS has no code for it, only a sentence under `AccessDenied`. */
export const wrongMfaCode = 'AccessDenied, the one-time code'

/** Every error code of STS that pim knows, without the suffix `Exception`. */
export const meanings: Readonly<Record<string, Meaning>> = {
  AccessDenied: {
    kind: 'refused',
    code: 'access-denied',
    hint: ({ withMfa }) =>
      withMfa
        ? "the role's trust policy must allow you with this MFA device, and your own policy sts:AssumeRole on it"
        : "the role's trust policy must allow you, and your own policy sts:AssumeRole on it; if it demands MFA, set mfa_serial in the profile",
  },
  [wrongMfaCode]: {
    kind: 'sign-in',
    code: 'mfa-code-refused',
    says: () => 'the one-time code is wrong, or was used before',
    hint: () => 'give the next code that the device shows; each serves once',
  },
  ExpiredToken: {
    kind: 'sign-in',
    code: 'source-credentials-expired',
    says: ({ webIdentityTokenFile }) =>
      webIdentityTokenFile === undefined
        ? 'the source credentials have expired'
        : `the web identity token in ${webIdentityTokenFile} has expired`,
    hint: ({ signIn }) => signIn,
  },
  InvalidClientTokenId: {
    kind: 'sign-in',
    code: 'source-credentials-unknown',
    says: () => 'AWS does not know the source credentials',
    hint: ({ signIn }) => signIn,
  },
  UnrecognizedClient: {
    kind: 'sign-in',
    code: 'source-credentials-unknown',
    says: () => 'AWS does not know the source credentials',
    hint: ({ signIn }) => signIn,
  },
  MissingAuthenticationToken: {
    kind: 'sign-in',
    code: 'source-credentials-missing',
    hint: ({ signIn }) => signIn,
  },
  SignatureDoesNotMatch: {
    kind: 'sign-in',
    code: 'signature-refused',
    // AWS's own words repeat the signed headers, the session token among them.
    says: () => 'AWS does not accept the signature',
    hint: ({ signIn }) => `the secret key is wrong, or this machine's clock is; ${signIn}`,
  },
  ExpiredTradeInToken: { kind: 'sign-in', code: 'token-expired', hint: ({ signIn }) => signIn },
  InvalidIdentityToken: {
    kind: 'sign-in',
    code: 'identity-token-invalid',
    hint: ({ webIdentityTokenFile }) =>
      `get a new token into ${webIdentityTokenFile ?? 'the token file'}, with the audience that the role expects`,
  },
  IDPRejectedClaim: {
    kind: 'refused',
    code: 'identity-provider-refused',
    hint: () =>
      'the identity provider refused the token; get a new one, and compare its claims with the trust policy',
  },
  IDPCommunicationError: {
    kind: 'unavailable',
    code: 'identity-provider-unreachable',
    hint: later,
  },
  MalformedPolicyDocument: {
    kind: 'usage',
    code: 'policy-malformed',
    hint: () => 'fix the session policy',
  },
  PackedPolicyTooLarge: {
    kind: 'usage',
    code: 'tags-too-large',
    hint: ({ target }) =>
      `shorten the justification, or leave tags out with \`pim config set targets.${target}.sessionTags off\``,
  },
  RegionDisabled: {
    kind: 'refused',
    code: 'region-disabled',
    hint: () =>
      "use another region with AWS_REGION, or have STS enabled for this one in the account's settings",
  },
  SessionDurationEscalation: {
    kind: 'refused',
    code: 'duration-refused',
    hint: () => 'ask for a shorter time with `-d`',
  },
  JWTPayloadSizeExceeded: {
    kind: 'usage',
    code: 'token-too-large',
    hint: () => 'have fewer claims put into the token',
  },
  OutboundWebIdentityFederationDisabled: {
    kind: 'refused',
    code: 'federation-disabled',
    hint: () => 'an administrator must enable outbound web identity federation in the account',
  },
  ValidationError: {
    kind: 'usage',
    code: 'request-invalid',
    hint: () => "compare the profile's values with the limits that the message names",
  },
  InvalidParameterValue: {
    kind: 'usage',
    code: 'request-invalid',
    hint: () => "compare the profile's values with the limits that the message names",
  },
  Throttling: { kind: 'unavailable', code: 'throttled', hint: later },
  TooManyRequests: { kind: 'unavailable', code: 'throttled', hint: later },
  RequestLimitExceeded: { kind: 'unavailable', code: 'throttled', hint: later },
}

export const aliases: Readonly<Record<string, string>> = {
  InvalidSignature: 'SignatureDoesNotMatch',
  RequestExpired: 'SignatureDoesNotMatch',
  RequestTimeTooSkewed: 'SignatureDoesNotMatch',
  RequestInTheFuture: 'SignatureDoesNotMatch',
  Validation: 'ValidationError',
  AccessDeniedError: 'AccessDenied',
}
