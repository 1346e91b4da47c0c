import type { Service } from './service-errors.ts'
import { later, meanings as stsMeanings, type Meaning } from './sts-error-codes.ts'

const {
  ExpiredToken,
  InvalidClientTokenId,
  UnrecognizedClient,
  MissingAuthenticationToken,
  SignatureDoesNotMatch,
  Throttling,
  TooManyRequests,
  RequestLimitExceeded,
} = stsMeanings

/** Every error code of PutRolePolicy that pim knows, without the suffix `Exception`. */
const meanings: Readonly<Record<string, Meaning | undefined>> = {
  // What every service of AWS answers alike.
  ExpiredToken,
  InvalidClientTokenId,
  UnrecognizedClient,
  MissingAuthenticationToken,
  SignatureDoesNotMatch,
  Throttling,
  TooManyRequests,
  RequestLimitExceeded,
  AccessDenied: {
    kind: 'refused',
    code: 'access-denied',
    hint: () => 'it takes iam:PutRolePolicy on the role',
  },
  NoSuchEntity: {
    kind: 'refused',
    code: 'role-missing',
    hint: () => 'a role that is gone takes the access of its sessions along',
  },
  UnmodifiableEntity: {
    kind: 'refused',
    code: 'role-unmodifiable',
    hint: () => 'only the service of AWS that the role belongs to may change it',
  },
  LimitExceeded: {
    kind: 'refused',
    code: 'policy-limit',
    hint: () => 'remove policies from the role that have served, such as older PimRevoke… ones',
  },
  MalformedPolicyDocument: {
    kind: 'refused',
    code: 'policy-malformed',
    hint: () => 'this is a bug in pim; report it with the policy',
  },
  ConcurrentModification: { kind: 'unavailable', code: 'changing', hint: later },
  EntityTemporarilyUnmodifiable: { kind: 'unavailable', code: 'changing', hint: later },
}

export const iam: Service = { name: 'IAM', meanings }
