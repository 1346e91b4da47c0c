import { expect, test } from 'vitest'

import { loadCsdl } from './csdl.ts'
import { exchangeNamed } from './graph-bodies.ts'
import { changed } from './json-walk.ts'
import type { Pointer } from './json-walk.ts'
import { describeWithSpecs } from './specs.ts'

describeWithSpecs('what deviates from the schema of Microsoft Graph', (specs) => {
  const graph = loadCsdl(specs)
  const activation = exchangeNamed('an activation of a directory role')
  const policy = exchangeNamed('the rules of a directory role')
  const eligible = exchangeNamed('what one is eligible for, with names')

  const rule = ['value', 0, 'policy', 'rules', 0]
  test.each<[string, Pointer, unknown, string]>([
    [
      'a rule without a type',
      [...rule, '@odata.type'],
      undefined,
      'unifiedRoleManagementPolicyRule is abstract and needs an @odata.type',
    ],
    [
      'a rule of another type',
      [...rule, '@odata.type'],
      '#microsoft.graph.unifiedRoleDefinition',
      'is no unifiedRoleManagementPolicyRule',
    ],
    [
      'a rule of an unknown type',
      [...rule, '@odata.type'],
      '#microsoft.graph.newRule',
      'is not described',
    ],
    [
      'a rule with another’s property',
      [...rule, 'enabledRules'],
      [],
      'is unknown to unifiedRoleManagementPolicyExpirationRule',
    ],
    [
      'an operation as ARM writes it',
      [...rule, 'target', 'operations', 0],
      'All',
      '"All" is no unifiedRoleManagementPolicyRuleTargetOperations',
    ],
    [
      'null for a list',
      [...rule, 'target', 'enforcedSettings'],
      null,
      '/enforcedSettings: is not nullable',
    ],
    ['no id', ['value', 0, 'id'], undefined, '/value/0/id: is missing'],
    [
      'null for what is not nullable',
      ['value', 0, 'policyId'],
      null,
      '/value/0/policyId: is not nullable',
    ],
    [
      'an approver as ARM writes it',
      [
        'value',
        0,
        'policy',
        'rules',
        2,
        'setting',
        'approvalStages',
        0,
        'primaryApprovers',
        0,
        'id',
      ],
      'x',
      '/id: is unknown to singleUser',
    ],
    ['no list', ['value'], undefined, '/value: is no list'],
    ['a link of ARM', ['nextLink'], 'https://x', '/nextLink: is unknown to a list'],
    ['a relative link', ['@odata.nextLink'], '/next', '/@odata.nextLink: is no absolute URL'],
  ])('is found in an answer: %s', (_, at, there, problem) => {
    expect(graph.checkAnswer(changed(policy.answer, at, there))).toEqual([
      expect.stringContaining(problem),
    ])
  })

  test('is found in an answer: what was not asked for by $expand', () => {
    const [url = ''] = eligible.answer.url.split('?')
    expect(graph.checkAnswer({ ...eligible.answer, url })).toEqual([
      '/value/0/roleDefinition: was not asked for by $expand',
    ])
  })

  test.each([
    [
      '200 for what was created',
      { ...activation.answer, status: 200 },
      'status 200 is none of 201',
    ],
    [
      'a body after a cancellation',
      { ...exchangeNamed('a cancellation').answer, body: {} },
      'body: is to be empty',
    ],
    [
      'an error without a code',
      { ...activation.answer, status: 400, body: { error: { message: 'no' } } },
      '/error/code: is missing',
    ],
    [
      'an error of another form',
      { ...activation.answer, status: 400, body: { errorCode: 'no' } },
      '/error: is missing',
    ],
    [
      'an inner error as OData writes it',
      {
        ...activation.answer,
        status: 400,
        body: { error: { code: 'c', message: 'm', innererror: {} } },
      },
      '/error/innererror: is unknown to an error',
    ],
  ])('is found in a status or an error: %s', (_, answer, problem) => {
    expect(graph.checkAnswer(answer)).toEqual([problem])
  })
})
