import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { InteractionRequiredAuthError } from '@azure/msal-node'
import { describe, expect, test } from 'vitest'

import { challengeIn } from '../../src/providers/microsoft/tokens/claims-challenge.ts'
import type { Challenge } from '../../src/providers/microsoft/tokens/claims-challenge.ts'
import type { Resource } from '../../src/providers/microsoft/http/client.ts'
import { toPimError } from '../../src/providers/microsoft/errors/errors.ts'
import { signInError } from '../../src/providers/microsoft/errors/sign-in-errors.ts'
import { nodeAt, readJson } from './swagger-documents.ts'
import { describeWithSpecs } from './specs.ts'

interface Meant {
  readonly kind: string
  readonly code: string
  /** Microsoft's own code, wherever in the answer it was. */
  readonly said: string
  readonly challenge?: Pick<Challenge, 'contexts' | 'mfa'>
}

const exists = { kind: 'unavailable', code: 'still-settling', said: 'RoleAssignmentExists' }
const missing = { kind: 'refused', code: 'assignment-missing', said: 'RoleAssignmentDoesNotExist' }
const tooShort = { kind: 'refused', code: 'duration-too-short', said: 'ActiveDurationTooShort' }
const rulesFailed = 'RoleAssignmentRequestPolicyValidationFailed'
const mfa = {
  kind: 'sign-in',
  code: 'mfa-needed',
  said: rulesFailed,
  challenge: { contexts: [], mfa: true },
}

/** What each recorded refusal of ARM and Graph has to be understood as. */
const meant: Readonly<Record<string, Meant>> = {
  'arm/aad-premium-license-required': {
    kind: 'refused',
    code: 'license-missing',
    said: 'AadPremiumLicenseRequired',
  },
  'arm/acrs-claims-challenge': {
    kind: 'sign-in',
    code: 'step-up-needed',
    said: 'RoleAssignmentRequestAcrsValidationFailed',
    challenge: { contexts: ['c1'], mfa: false },
  },
  'arm/active-duration-too-short': tooShort,
  'arm/authorization-failed-rg-read': {
    kind: 'refused',
    code: 'access-denied',
    said: 'AuthorizationFailed',
  },
  'arm/policy-justification': {
    kind: 'refused',
    code: 'justification-required',
    said: rulesFailed,
  },
  'arm/policy-mfa': mfa,
  'arm/role-assignment-does-not-exist': missing,
  'arm/role-assignment-exists': exists,
  'graph/active-duration-too-short': tooShort,
  'graph/group-role-assignment-does-not-exist': missing,
  'graph/group-role-assignment-exists': exists,
  'graph/mfa-rule': mfa,
  'graph/permission-scope-not-granted.2026-06-29': {
    kind: 'sign-in',
    code: 'consent-missing',
    said: 'PermissionScopeNotGranted',
  },
  'graph/role-assignment-exists': exists,
}

describeWithSpecs('what Microsoft was recorded to answer', (specs) => {
  const recorded = (['arm', 'graph'] as const).flatMap((resource) =>
    readdirSync(join(specs, 'recorded', resource)).map((file) => ({
      name: `${resource}/${file.replace('.json', '')}`,
      answer: readAnswer(join(specs, 'recorded', resource, file), resource),
    })),
  )

  test('is all in the table', () => {
    expect(recorded.map(({ name }) => name).toSorted()).toEqual(Object.keys(meant).toSorted())
  })

  describe('is understood:', () => {
    test.each(recorded)('$name', ({ name, answer }) => {
      const { kind, code, said, challenge } = meant[name] ?? {}
      const error = toPimError(answer)
      expect(error).toMatchObject({ kind, code, provider: { code: said, status: answer.status } })
      expect(error.hint).not.toBe('')
      const asked = challengeIn(answer)
      expect(asked && { contexts: asked.contexts, mfa: asked.mfa }).toEqual(challenge)
    })
  })

  test('can be looked up by the request id, also where only the body has it', () => {
    const named = 'graph/permission-scope-not-granted.2026-06-29'
    const found = recorded.find(({ name }) => name === named)
    const error = found === undefined ? undefined : toPimError(found.answer)
    expect(error?.provider?.requestId).toBe('081da91f-e0d0-47c0-923d-f64a52b0aa04')
    expect(error?.message).toContain('RoleAssignmentSchedule.ReadWrite.Directory')
  })

  test('at a sign-in is understood as a second factor that is missing', () => {
    const { body } = readAnswer(join(specs, 'recorded/entra/aadsts50076-token-error.json'), 'arm')
    const said = body as Readonly<Record<string, string>>
    const thrown = new InteractionRequiredAuthError(
      said['error'] ?? '',
      said['correlation_id'] ?? '',
      said['error_description'],
      said['suberror'],
    )
    const consent = { authority: '', tenant: '', clientId: '', graph: '' }
    expect(signInError(thrown, { resource: 'arm', consent })).toMatchObject({
      kind: 'sign-in',
      code: 'mfa-needed',
      provider: { code: 'AADSTS50076' },
    })
  })
})

function readAnswer(file: string, resource: Resource) {
  const document = readJson(file)
  const headers = new Map(
    Object.entries(nodeAt(document, 'responseHeaders')).map(([name, value]) => [
      name.toLowerCase(),
      String(value),
    ]),
  )
  return {
    status: Number(document['httpStatus']),
    body: document['body'],
    headers: { get: (name: string) => headers.get(name.toLowerCase()) },
    resource,
  }
}
