import { describe, expect, test } from 'vitest'

import type { GivenAnswer, SentRequest } from './exchange.ts'
import { readExamples } from './examples.ts'
import { changed } from './json-walk.ts'
import { describeWithSpecs } from './specs.ts'
import { loadSwagger } from './swagger.ts'

describeWithSpecs('what deviates from the documents of Azure Resource Manager', (specs) => {
  const arm = loadSwagger(specs)
  const examples = readExamples(specs)
  const named = (wanted: string) => {
    const found = examples.find(({ name }) => name === wanted)
    const [answer] = found?.answers ?? []
    if (found === undefined || answer === undefined) throw new Error(`no example ${wanted}`)
    return { request: found.request, answer }
  }
  const activation = named('PutRoleAssignmentScheduleRequest')
  const policies = named('GetRoleManagementPolicyAssignmentByScope')
  const cancellation = named('CancelRoleAssignmentScheduleRequestByName')

  describe('is found in a request', () => {
    test.each<[string, SentRequest, string]>([
      [
        'a number for a text',
        changed(activation.request, ['properties', 'justification'], 7),
        '/properties/justification: must be string',
      ],
      ...['roleDefinitionId', 'principalId', 'requestType'].map(
        (name): [string, SentRequest, string] => [
          `no ${name}`,
          changed(activation.request, ['properties', name], undefined),
          `/properties: must have required property '${name}'`,
        ],
      ),
      [
        'an unknown property',
        changed(activation.request, ['properties', 'reason'], 'because'),
        '/properties: reason is unknown',
      ],
      [
        'a property outside of `properties`',
        changed(activation.request, ['principalId'], 'p'),
        'body: principalId is unknown',
      ],
      [
        'a value in another casing',
        changed(activation.request, ['properties', 'requestType'], 'selfActivate'),
        '/properties/requestType: selfActivate is to be SelfActivate',
      ],
      [
        'a value that is not listed',
        changed(activation.request, ['properties', 'requestType'], 'Activate'),
        '/properties/requestType: Activate is none of AdminAssign, AdminRemove, AdminUpdate, AdminExtend, AdminRenew, SelfActivate, SelfDeactivate, SelfExtend, SelfRenew',
      ],
      [
        'what only the service sets',
        changed(activation.request, ['properties', 'status'], 'Provisioned'),
        '/properties/status: is read-only and cannot be sent',
      ],
      [
        'a time without a zone',
        changed(
          activation.request,
          ['properties', 'scheduleInfo', 'startDateTime'],
          '2026-03-01T12:00:00',
        ),
        '/properties/scheduleInfo/startDateTime: must match format "date-time"',
      ],
      [
        'a day that does not exist',
        changed(
          activation.request,
          ['properties', 'scheduleInfo', 'startDateTime'],
          '2026-02-30T12:00:00Z',
        ),
        '/properties/scheduleInfo/startDateTime: must match format "date-time"',
      ],
      [
        'null where nothing is nullable',
        changed(activation.request, ['properties', 'justification'], null),
        '/properties/justification: must be string',
      ],
      ['no body', { ...activation.request, body: undefined }, 'the body is missing'],
      [
        'a body that nobody takes',
        { ...cancellation.request, body: {} },
        'a body is sent, and none is taken',
      ],
    ])('%s', (_, request, problem) => {
      expect(arm.checkRequest(request)).toEqual([problem])
    })
  })

  describe('is found in a URL', () => {
    const list =
      '/subscriptions/s/providers/Microsoft.Authorization/roleAssignmentScheduleInstances'
    test.each([
      ['a misspelt type', `${list.slice(0, -1)}?api-version=2020-10-01`, /^unknown operation: GET/],
      [
        'a misspelt scope',
        `${list.replace('/sub', '/sup')}?api-version=2020-10-01`,
        /is no scope$/,
      ],
      ['a doubled slash', `/${list}?api-version=2020-10-01`, /^"\/subscriptions\/s" is no scope$/],
      [
        'an encoded scope',
        list.replace('/s/', '%2Fs/') + '?api-version=2020-10-01',
        /is no scope$/,
      ],
      [
        'another version',
        `${list}?api-version=2022-04-01`,
        /^api-version 2022-04-01 is none of 2020/,
      ],
      ['no version', list, /^api-version null is none of 2020/],
      [
        'an unknown parameter',
        `${list}?api-version=2020-10-01&$top=5`,
        /^query parameter \$top is not/,
      ],
      [
        'a parameter twice',
        `${list}?api-version=2020-10-01&$filter=asTarget()&$filter=atScope()`,
        /^query parameter \$filter is there twice$/,
      ],
      [
        'an unknown filter',
        `${list}?api-version=2020-10-01&$filter=asApprover()`,
        /^\$filter knows no asApprover/,
      ],
    ])('%s', (_, url, problem) => {
      expect(arm.checkRequest({ method: 'GET', url })).toEqual([expect.stringMatching(problem)])
    })

    test('a page of what has no pages', () => {
      const one = activation.request.url.split('?')[0]
      const page = (path = '') => `${path}?api-version=2020-10-01&$skiptoken=5`
      expect(arm.checkRequest({ method: 'GET', url: page(list) })).toEqual([])
      expect(arm.checkRequest({ method: 'GET', url: page(one) })).toEqual([
        'query parameter $skiptoken is not listed',
      ])
    })

    test('the wrong method, with the right one', () => {
      expect(arm.checkRequest({ method: 'DELETE', url: `${list}?api-version=2020-10-01` })).toEqual(
        [`unknown operation: DELETE ${list}; there is GET`],
      )
    })
  })

  describe('is found in an answer', () => {
    const rule = ['value', 0, 'properties', 'effectiveRules', 0]
    test.each<[string, GivenAnswer, string]>([
      [
        'a status that is not described',
        { ...activation.answer, status: 200 },
        'status 200 is not described',
      ],
      [
        'a body where none is described',
        { ...cancellation.answer, body: { ok: true } },
        'a body is given, and none is described',
      ],
      [
        'a name in another casing',
        changed(activation.answer, ['properties', 'requestorID'], 'r'),
        '/properties: requestorID is to be requestorId',
      ],
      [
        'a rule without its type',
        changed(policies.answer, [...rule, 'ruleType'], undefined),
        "/value/0/properties/effectiveRules/0: must have required property 'ruleType'",
      ],
      [
        'a property of the wrong type in a kind of rule',
        changed(policies.answer, [...rule, 'enabledRules'], 'Justification'),
        '/value/0/properties/effectiveRules/0/enabledRules: must be array',
      ],
      [
        'an error without a code',
        { ...activation.answer, status: 400, body: { error: { message: 'no' } } },
        '/error/code: is missing',
      ],
    ])('%s', (_, answer, problem) => {
      expect(arm.checkAnswer(answer)).toEqual([problem])
    })
  })
})
