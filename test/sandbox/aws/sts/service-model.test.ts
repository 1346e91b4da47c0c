import { execFileSync } from 'node:child_process'

import { describe, expect, test } from 'vitest'

import { limits, numberLimits } from '../../../../sandbox/aws/sts/limits.ts'

interface Shape {
  readonly min?: number
  readonly max?: number
  readonly pattern?: string
}

/** The service model that botocore ships, where Python has it; undefined elsewhere. */
function officialShapes(): Record<string, Shape> | undefined {
  const program =
    "import json, botocore.session as s; print(json.dumps(s.Session().get_service_model('sts')._service_description['shapes']))"
  try {
    const out = execFileSync('python3', ['-c', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    return JSON.parse(out.toString()) as Record<string, Shape>
  } catch {
    return undefined
  }
}

const shapes = officialShapes()
if (shapes === undefined) console.warn('skipped: botocore is not here')

describe.skipIf(shapes === undefined)('the official service model', () => {
  test.each([
    ['arnType', limits.arn],
    ['roleSessionNameType', limits.roleSessionName],
    ['sourceIdentityType', limits.sourceIdentity],
    ['externalIdType', limits.externalId],
    ['serialNumberType', limits.serialNumber],
    ['tokenCodeType', limits.tokenCode],
    ['tagKeyType', limits.tagKey],
    ['tagValueType', limits.tagValue],
    ['unrestrictedSessionPolicyDocumentType', limits.policy],
    ['sessionPolicyDocumentType', limits.webIdentityPolicy],
    ['clientTokenType', limits.webIdentityToken],
    ['urlType', limits.providerId],
    ['contextAssertionType', limits.contextAssertion],
    ['roleDurationSecondsType', numberLimits.roleDuration],
    ['durationSecondsType', numberLimits.sessionDuration],
  ])('has the same limits for %s', (name, ours) => {
    const { min, max = Infinity, pattern } = shapes?.[name] ?? {}
    expect(ours).toMatchObject({ min, max })
    if ('pattern' in ours) expect(ours.pattern).toBe(pattern)
  })

  test.each([
    ['tagListType', 50],
    ['tagKeyListType', 50],
    ['ProvidedContextsListType', 5],
  ])('has the same length for %s', (name, most) => {
    expect(shapes?.[name]?.max).toBe(most)
  })
})
