import fc from 'fast-check'
import { expect, test } from 'vitest'

import { isObject } from './exchange.ts'
import { readExamples } from './examples.ts'
import { anyPlace, changed, ofAnotherType } from './json-walk.ts'
import { describeWithSpecs } from './specs.ts'
import { loadSwagger } from './swagger.ts'
import { exampleOddities } from './swagger-oddities.ts'

describeWithSpecs('in any example of Azure Resource Manager', (specs) => {
  const arm = loadSwagger(specs)
  const clean = readExamples(specs).filter(
    ({ name }) => exampleOddities[name]?.problems === undefined,
  )

  test('a value of another type is found wherever it stands in a request', () => {
    const requests = clean.map(({ request }) => request).filter(({ body }) => body !== undefined)
    fc.assert(
      fc.property(anyPlace(requests), ([request, at, value]) => {
        expect(arm.checkRequest(changed(request, at, ofAnotherType(value)))).not.toEqual([])
      }),
    )
  })

  test('a value of another type is found wherever it stands in an answer', () => {
    const answers = clean
      .flatMap((example) => example.answers)
      .filter(({ body }) => body !== undefined)
    fc.assert(
      fc.property(anyPlace(answers), ([answer, at, value]) => {
        expect(arm.checkAnswer(changed(answer, at, ofAnotherType(value)))).not.toEqual([])
      }),
    )
  })

  test('an unknown property is found in every object of a request', () => {
    const requests = clean.map(({ request }) => request).filter(({ body }) => body !== undefined)
    const name = fc.string({ minLength: 1 }).map((text) => `x${text}`)
    fc.assert(
      fc.property(anyPlace(requests, isObject), name, ([request, at], unknown) => {
        const sent = changed(request, [...at, unknown], 'anything')
        expect(arm.checkRequest(sent)).toEqual([expect.stringContaining(`${unknown} is unknown`)])
      }),
    )
  })

  test('a letter that is missing from a fixed part of a path is found', () => {
    const cuts = clean.flatMap(({ operation, request }) => {
      const fixed = operation.template
        .split('/')
        .filter((part) => part !== '' && !part.includes('{'))
      return fixed.flatMap((part) => part.split('').map((_, index) => ({ request, part, index })))
    })
    fc.assert(
      fc.property(fc.constantFrom(...cuts), ({ request, part, index }) => {
        const misspelt = part.slice(0, index) + part.slice(index + 1)
        const start = request.url.lastIndexOf(`/${part}`) + 1
        const url = request.url.slice(0, start) + misspelt + request.url.slice(start + part.length)
        expect(arm.checkRequest({ ...request, url })).not.toEqual([])
      }),
      { numRuns: 500 },
    )
  })
})
