import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import { loadCsdl } from './csdl.ts'
import { isObject } from './exchange.ts'
import { exchanges } from './graph-bodies.ts'
import { anyPlace, changed, ofAnotherType } from './json-walk.ts'
import { describeWithSpecs } from './specs.ts'

describeWithSpecs('the schema of Microsoft Graph', (specs) => {
  const graph = loadCsdl(specs)

  test.each(exchanges)('holds for $name', ({ request, answer }) => {
    expect(graph.checkRequest(request)).toEqual([])
    expect(graph.checkAnswer(answer)).toEqual([])
  })

  test('leaves it to the caller to list calls it does not describe', () => {
    const call = { method: 'POST', url: '/v1.0/$batch' }
    const listing = loadCsdl(specs, [{ method: 'POST', path: /\/\$batch$/, reason: 'an envelope' }])
    expect(graph.checkRequest(call)).toEqual(['unknown operation: no path begins with $batch'])
    expect(listing.checkRequest(call)).toEqual([])
    expect(listing.checkAnswer({ ...call, status: 200 })).toEqual([])
  })

  describe('finds, wherever it stands,', () => {
    const sent = exchanges.map(({ request }) => request).filter(({ body }) => body !== undefined)
    const given = exchanges.map(({ answer }) => answer).filter(({ body }) => body !== undefined)
    const isChecked = (at: readonly (string | number)[]) =>
      // Types that the slice does not have are open, and what an error carries inside is not described.
      !['@odata.context', 'mail', 'innerError'].some((name) => at.includes(name))

    test('a value of another type in a request', () => {
      fc.assert(
        fc.property(anyPlace(sent), ([request, at, value]) => {
          expect(graph.checkRequest(changed(request, at, ofAnotherType(value)))).not.toEqual([])
        }),
      )
    })

    test('a value of another type in an answer', () => {
      fc.assert(
        fc.property(anyPlace(given), ([answer, at, value]) => {
          fc.pre(isChecked(at))
          expect(graph.checkAnswer(changed(answer, at, ofAnotherType(value)))).not.toEqual([])
        }),
      )
    })

    test('an unknown property in a request', () => {
      fc.assert(
        fc.property(anyPlace(sent, isObject), fc.uuid(), ([request, at], name) => {
          expect(graph.checkRequest(changed(request, [...at, name], 1))).toEqual([
            expect.stringContaining(name),
          ])
        }),
      )
    })

    test('an unknown property in an answer', () => {
      const isClosed = (value: unknown) =>
        isObject(value) &&
        !('code' in value || 'error' in value || 'date' in value) &&
        !isOpen(value)
      fc.assert(
        fc.property(anyPlace(given, isClosed), fc.uuid(), ([answer, at], name) => {
          expect(graph.checkAnswer(changed(answer, [...at, name], 1))).toEqual([
            expect.stringContaining(name),
          ])
        }),
      )
    })

    test('a letter that is missing from a path', () => {
      const cuts = exchanges.flatMap(({ request }) => {
        const [path = ''] = request.url.split('?')
        const letters = path.split('').map((letter, index) => ({ request, letter, index }))
        // A key may be anything.
        const isOfKey = (index: number) =>
          /\d{8}-|^st$/.test(path.slice(path.lastIndexOf('/', index) + 1).split('/')[0] ?? '')
        return letters.filter(({ letter, index }) => /[a-zA-Z]/.test(letter) && !isOfKey(index))
      })
      fc.assert(
        fc.property(fc.constantFrom(...cuts), ({ request, index }) => {
          const url = request.url.slice(0, index) + request.url.slice(index + 1)
          expect(graph.checkRequest({ ...request, url })).not.toEqual([])
        }),
        { numRuns: 500 },
      )
    })
  })
})

/** Identities and what the slice only refers to may say more than is described. */
function isOpen(value: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(value)
  const kind = value['@odata.type']
  return (
    kind === '#microsoft.graph.user' ||
    kind === '#microsoft.graph.group' ||
    names.includes('application') ||
    names.every((name) => name === 'id' || name === 'displayName')
  )
}
