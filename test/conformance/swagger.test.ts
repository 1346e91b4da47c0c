import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { readExamples } from './examples.ts'
import { describeWithSpecs } from './specs.ts'
import { loadSwagger } from './swagger.ts'
import { readDocuments, versionFolder, versions } from './swagger-documents.ts'
import { exampleOddities, knownNulls, strayExamples } from './swagger-oddities.ts'
import { unlistedParameters } from './swagger-query.ts'
import { placesIn } from './json-walk.ts'

const role =
  '/subscriptions/s/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/r?api-version=2020-10-01'

describeWithSpecs('the documents of Azure Resource Manager', (specs) => {
  const arm = loadSwagger(specs)
  const examples = readExamples(specs)

  describe('hold for the official example', () => {
    test.each(examples)('$name', ({ name, request, answers, extra }) => {
      const odd = exampleOddities[name]
      const problems = [
        ...arm.checkRequest(request),
        ...answers.flatMap((answer) => arm.checkAnswer(answer)),
      ]
      expect([...new Set(problems)]).toEqual(odd?.problems ?? [])
      expect(Object.keys(extra)).toEqual(odd?.extra ?? [])
    })

    test('and there is no other example', () => {
      const files = versions
        .flatMap((version) => readdirSync(join(versionFolder(specs, version), 'examples')))
        .map((file) => file.replace('.json', ''))
      const read = [...examples.map(({ name }) => name), ...Object.keys(strayExamples)]
      expect(files.toSorted()).toEqual(read.toSorted())
    })
  })

  const seen = knownNulls.filter(({ evidence }) => evidence === undefined)
  test.each(seen)('write null for $path: $reason', ({ path, sent }) => {
    const bodies = examples.flatMap(({ request, answers }) =>
      sent === true ? [request.body] : answers.map(({ body }) => body),
    )
    const nulls = bodies
      .flatMap((body) => placesIn(body))
      .filter(([, value]) => value === null)
      .map(([at]) => `/${at.filter((key) => typeof key === 'string').join('/')}`)
    expect(nulls.some((at) => at.endsWith(`/${path}`))).toBe(true)
  })

  test.each(unlistedParameters)('take $name for $operation: $reason', ({ operation, name }) => {
    const { operations } = readDocuments(specs)
    const found = operations.find(({ id }) => id === operation)
    expect(found?.parameters.map((parameter) => parameter.name)).toContain('api-version')
    expect(found?.parameters.map((parameter) => parameter.name)).not.toContain(name)
  })

  test.each([
    ['the tenant', ''],
    ['a management group', '/providers/Microsoft.Management/managementGroups/mg'],
    ['a subscription', '/subscriptions/s'],
    ['a resource group', '/subscriptions/s/resourceGroups/g'],
    ['a resource', '/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/a/slots/b'],
    ['a host', 'https://management.azure.com/subscriptions/s'],
  ])('know %s as a scope', (_, scope) => {
    const url = `${scope}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()`
    expect(arm.checkRequest({ method: 'GET', url })).toEqual([])
    expect(arm.checkAnswer({ method: 'GET', url, status: 200, body: { value: [] } })).toEqual([])
  })

  test('leave it to the caller to list calls they do not describe', () => {
    const call = { method: 'GET', url: '/tenants?api-version=2022-12-01' }
    const reason = 'belongs to Microsoft.Resources'
    const listing = loadSwagger(specs, [{ method: 'GET', path: /^\/tenants$/, reason }])
    expect(arm.checkRequest(call)).toEqual(['unknown operation: GET /tenants'])
    expect(arm.checkAnswer({ ...call, status: 200 })).toEqual(['unknown operation: GET /tenants'])
    expect(listing.checkRequest(call)).toEqual([])
    expect(listing.checkAnswer({ ...call, status: 200, body: {} })).toEqual([])
    expect(listing.checkRequest({ ...call, method: 'POST' })).toHaveLength(1)
  })

  test('leave statuses open in answers, but not their casing', () => {
    const properties = { roleDefinitionId: 'd', principalId: 'p', requestType: 'SelfActivate' }
    const answer = (status: string) => ({
      method: 'GET',
      url: role,
      status: 200,
      body: { properties: { ...properties, status } },
    })
    expect(arm.checkAnswer(answer('Provisioned'))).toEqual([])
    expect(arm.checkAnswer(answer('SomethingNewer'))).toEqual([])
    expect(arm.checkAnswer(answer('provisioned'))).toEqual([
      '/properties/status: provisioned is to be Provisioned',
    ])
  })

  test('let answers, and only answers, say more than is described', () => {
    const properties = { roleDefinitionId: 'd', principalId: 'p', requestType: 'SelfActivate' }
    const body = { properties: { ...properties, newer: true } }
    expect(arm.checkAnswer({ method: 'PUT', url: role, status: 201, body })).toEqual([])
    expect(arm.checkRequest({ method: 'PUT', url: role, body })).toEqual([
      '/properties: newer is unknown',
    ])
  })
})
