import { StsError, validationError } from '../server/error.ts'
import { createParameterReader, limits, listLimits, numberLimits } from './limits.ts'
import type { ParameterReader } from './limits.ts'

export interface Tag {
  readonly key: string
  readonly value: string
}

export interface MfaInput {
  readonly serialNumber: string | undefined
  readonly tokenCode: string | undefined
}

interface RoleInput {
  readonly roleArn: string
  readonly roleSessionName: string
  /** Seconds; undefined where the caller left it to the service. */
  readonly durationSeconds: number | undefined
  /** How much of the room for policies and tags is used. */
  readonly packedPolicySize: number | undefined
}

export interface AssumeRoleInput extends RoleInput, MfaInput {
  readonly sourceIdentity: string | undefined
  readonly externalId: string | undefined
  readonly tags: readonly Tag[]
}

export interface WebIdentityInput extends RoleInput {
  readonly webIdentityToken: string
}

export interface SessionTokenInput extends MfaInput {
  readonly durationSeconds: number | undefined
}

/** The parameters of AssumeRole, or a ValidationError that names all that is wrong with them. */
export function readAssumeRole(form: URLSearchParams): AssumeRoleInput {
  const reader = createParameterReader(form)
  const role = readRole(reader)
  const policies = readPolicies(reader, limits.policy)
  const input = {
    ...readMfa(reader),
    sourceIdentity: reader.optional('SourceIdentity', limits.sourceIdentity),
    externalId: reader.optional('ExternalId', limits.externalId),
    tags: readTags(reader),
  }
  const transitiveKeys = readTransitiveTagKeys(reader)
  readProvidedContexts(reader)
  reader.finish()
  checkSourceIdentity(input.sourceIdentity)
  checkTags(input.tags, transitiveKeys)
  return { ...role, ...input, packedPolicySize: checkSize(policies, input.tags) }
}

export function readWebIdentity(form: URLSearchParams): WebIdentityInput {
  const reader = createParameterReader(form)
  const role = readRole(reader)
  const webIdentityToken = reader.required('WebIdentityToken', limits.webIdentityToken)
  const policies = readPolicies(reader, limits.webIdentityPolicy)
  reader.optional('ProviderId', limits.providerId)
  reader.finish()
  return { ...role, webIdentityToken, packedPolicySize: checkSize(policies, []) }
}

export function readSessionToken(form: URLSearchParams): SessionTokenInput {
  const reader = createParameterReader(form)
  const durationSeconds = reader.integer('DurationSeconds', numberLimits.sessionDuration)
  const mfa = readMfa(reader)
  reader.finish()
  return { ...mfa, durationSeconds }
}

function readRole(reader: ParameterReader) {
  return {
    roleArn: reader.required('RoleArn', limits.arn),
    roleSessionName: reader.required('RoleSessionName', limits.roleSessionName),
    durationSeconds: reader.integer('DurationSeconds', numberLimits.roleDuration),
  }
}

function readMfa(reader: ParameterReader): MfaInput {
  return {
    serialNumber: reader.optional('SerialNumber', limits.serialNumber),
    tokenCode: reader.optional('TokenCode', limits.tokenCode),
  }
}

interface Policies {
  readonly policy: string | undefined
  readonly arns: readonly string[]
}

function readPolicies(
  reader: ParameterReader,
  rules: typeof limits.policy | typeof limits.webIdentityPolicy,
): Policies {
  const policy = reader.optional('Policy', rules)
  const arns = reader.list(
    'PolicyArns',
    listLimits.policyArns,
    (prefix, place) => reader.optional(`${prefix}.arn`, limits.arn, `${place}.arn`) ?? '',
  )
  return { policy, arns }
}

function readTags(reader: ParameterReader): Tag[] {
  return reader.list('Tags', listLimits.tags, (prefix, place) => ({
    key: reader.required(`${prefix}.Key`, limits.tagKey, `${place}.key`),
    value: reader.required(`${prefix}.Value`, limits.tagValue, `${place}.value`),
  }))
}

function readTransitiveTagKeys(reader: ParameterReader): string[] {
  return reader.list(
    'TransitiveTagKeys',
    listLimits.transitiveTagKeys,
    (prefix, place) => reader.optional(prefix, limits.tagKey, place) ?? '',
  )
}

function readProvidedContexts(reader: ParameterReader): void {
  reader.list('ProvidedContexts', listLimits.providedContexts, (prefix, place) => {
    reader.optional(`${prefix}.ProviderArn`, limits.arn, `${place}.providerArn`)
    const assertion = `${prefix}.ContextAssertion`
    reader.optional(assertion, limits.contextAssertion, `${place}.contextAssertion`)
  })
}

function checkSourceIdentity(sourceIdentity: string | undefined): void {
  if (sourceIdentity?.toLowerCase().startsWith('aws:') !== true) return
  throw validationError('The source identity cannot begin with the reserved prefix aws:')
}

function checkTags(tags: readonly Tag[], transitiveKeys: readonly string[]): void {
  const keys = new Set(tags.map(({ key }) => key.toLowerCase()))
  if (keys.size < tags.length) {
    const message = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
    throw new StsError(400, 'InvalidParameterValue', message)
  }
  if (tags.some(({ key }) => key.toLowerCase().startsWith('aws:'))) {
    const message = 'Tag keys cannot begin with the reserved prefix aws:'
    throw new StsError(400, 'InvalidParameterValue', message)
  }
  if (transitiveKeys.some((key) => !keys.has(key.toLowerCase()))) {
    const message = 'The specified transitive tag key must be included in the requested tags.'
    throw new StsError(400, 'InvalidParameterValue', message)
  }
}

// AWS packs policies and tags into a binary form and publishes only the 2,048 characters of plain
// text for policies; how much room tags have is a guess.
const roomForPolicies = 2048
const roomForTags = 4096

function checkSize({ policy, arns }: Policies, tags: readonly Tag[]): number | undefined {
  if (policy !== undefined && !isJsonObject(policy)) {
    throw new StsError(400, 'MalformedPolicyDocument', 'This policy contains invalid Json')
  }
  const policies = [policy ?? '', ...arns].join('').length
  const tagged = tags.map(({ key, value }) => key + value).join('').length
  const percent = Math.ceil(100 * (policies / roomForPolicies + tagged / roomForTags))
  if (percent <= 100) return percent === 0 ? undefined : percent
  const what = tagged === 0 ? 'policy' : 'session tags'
  const message = `Packed size of ${what} consumes ${percent}% of allotted space.`
  throw new StsError(400, 'PackedPolicyTooLarge', message)
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
