import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import {
  formatTarget,
  matchTarget,
  nearest,
  parseTargetText,
  slug,
  type Target,
} from '../../src/core/target.ts'
import { target } from './sample-elevations.ts'
import { anyText } from './any-text.ts'

const targets = [
  target('prod-admin'),
  target('prod-audit'),
  target('Staging Admin'),
  target('UPPER'),
  target('upper'),
  target('dev', { displayNames: ['Développement', 'Team Sandbox'] }),
  target('twin-a', { displayNames: ['Twin'] }),
  target('twin-b', { displayNames: ['Twin'] }),
]

const find = (path: string, among: readonly Target[] = targets): string =>
  matchTarget({ provider: 'aws', path }, among).path

function refusal(work: () => unknown): PimError {
  try {
    work()
  } catch (error) {
    if (error instanceof PimError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('a text finds the one target it means', () => {
  test.each([
    ['prod-admin', 'prod-admin'],
    ['PROD-ADMIN', 'prod-admin'],
    ['STAGING ADMIN', 'Staging Admin'],
    ['UPPER', 'UPPER'],
    ['upper', 'upper'],
    ['développement', 'dev'],
    ['Team_Sandbox', 'dev'],
    ['team-sandbox', 'dev'],
  ])('%s is %s', (typed, path) => expect(find(typed)).toBe(path))
})

describe('what means several targets is refused', () => {
  test.each([
    ['Twin', ['aws:twin-a', 'aws:twin-b']],
    ['Upper', ['aws:UPPER', 'aws:upper']],
  ])('%s, naming them all', (typed, candidates) => {
    const error = refusal(() => find(typed))
    expect(error).toMatchObject({ code: 'ambiguous-target', exitCode: 2, target: `aws:${typed}` })
    for (const candidate of candidates) expect(error.hint).toContain(`\`${candidate}\``)
  })
})

describe('what means no target is refused', () => {
  test('with the three nearest names, the nearest first', () => {
    const error = refusal(() => find('prod-admn'))
    expect(error).toMatchObject({ code: 'unknown-target', exitCode: 2 })
    const named = [...(error.hint ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name)
    expect(named).toHaveLength(3)
    expect(named.slice(0, 2)).toEqual(['aws:prod-admin', 'aws:prod-audit'])
  })

  test('and where nothing is eligible, that is what it says', () => {
    expect(refusal(() => find('prod', [])).hint).toContain('nothing is eligible at aws')
  })

  test.each(['', '-', '---', '...', '日本'])('an empty slug matches nothing: %j', (typed) => {
    expect(refusal(() => find(typed, [target('--'), target('..')])).code).toBe('unknown-target')
  })

  test('a part of a name is not the name', () => {
    expect(refusal(() => find('prod')).code).toBe('unknown-target')
  })

  // Two paths that differ only in signs may both exist: only display names are read by their slug.
  test.each(['prod admin', 'Prod_Admin', 'staging-admin'])(
    'a path in other signs is not the path: %s',
    (typed) => expect(refusal(() => find(typed)).code).toBe('unknown-target'),
  )

  test('names that hold the text come before those that are fewer edits away', () => {
    const listed = [target('abc'), target('company-production-abx'), target('abd')]
    expect(nearest('ABX', listed)[0]?.path).toBe('company-production-abx')
    expect(refusal(() => find('abx', listed)).hint).toMatch(/`aws:company-production-abx`.*`aws:ab/)
  })
})

const anyPath = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.stringMatching(/^[a-zA-Z0-9][\w -]{0,20}$/),
)
const anyTargets = fc
  .uniqueArray(anyPath, { minLength: 1, maxLength: 12 })
  .map((paths) => paths.map((path) => target(path)))

describe('whatever is listed', () => {
  test('is found by its own text', () => {
    fc.assert(
      fc.property(anyTargets, (listed) => {
        for (const one of listed) {
          expect(matchTarget({ provider: 'aws', path: one.path }, listed)).toBe(one)
        }
      }),
    )
  })

  test('is found in other case, or refused as ambiguous, and never another by its slug', () => {
    fc.assert(
      fc.property(anyTargets, fc.nat(), (listed, pick) => {
        const one = listed[pick % listed.length]
        if (one === undefined) return
        for (const typed of [slug(one.path), one.path.toUpperCase(), one.path.toLowerCase()]) {
          if (typed === '') continue
          const same = listed.filter(({ path }) => path.toLowerCase() === typed.toLowerCase())
          try {
            expect(same).toContain(matchTarget({ provider: 'aws', path: typed }, listed))
          } catch (error) {
            if (!(error instanceof PimError)) throw error
            expect(['ambiguous-target', 'unknown-target']).toContain(error.code)
          }
        }
      }),
    )
  })

  test('is never picked out of two that share the name', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/), (name) => {
        const twins = [
          target('one', { displayNames: [name] }),
          target('two', { displayNames: [name] }),
        ]
        fc.pre(name !== 'one' && name !== 'two')
        expect(refusal(() => find(name, twins)).code).toBe('ambiguous-target')
      }),
    )
  })

  test('has at most three nearest, all of them listed', () => {
    fc.assert(
      fc.property(anyTargets, fc.string(), (listed, typed) => {
        const near = nearest(typed, listed)
        expect(near).toHaveLength(Math.min(3, listed.length))
        for (const one of near) expect(listed).toContain(one)
      }),
    )
  })
})

describe('the text form', () => {
  test.each([
    ['aws:prod-admin', 'prod-admin'],
    [' AWS:prod-admin ', 'prod-admin'],
    ['aws:a:b', 'a:b'],
    ['arn:aws:iam::123456789012:role/Admin', 'arn:aws:iam::123456789012:role/Admin'],
    ['arn:aws-us-gov:iam::123456789012:role/A', 'arn:aws-us-gov:iam::123456789012:role/A'],
  ])('%s is read', (text, path) => {
    expect(parseTargetText(text)).toEqual({ provider: 'aws', path })
  })

  test.each(['', ' ', ':', 'aws', 'aws:', ':prod', 'gcp:prod', 'prod-admin', 'aws :prod'])(
    '%j is refused with how to write it',
    (text) => {
      const error = refusal(() => parseTargetText(text))
      expect(error).toMatchObject({ code: 'invalid-target', exitCode: 2 })
      expect(error.hint).toContain('<provider>:<path>')
    },
  )

  test('reads what it wrote', () => {
    fc.assert(
      fc.property(
        anyPath.filter((path) => path.trim() === path && path !== ''),
        (path) => {
          expect(parseTargetText(formatTarget({ provider: 'aws', path }))).toEqual({
            provider: 'aws',
            path,
          })
        },
      ),
    )
  })

  test('refuses junk without crashing, and prints none of its control characters', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        try {
          parseTargetText(text)
        } catch (error) {
          expect(error).toBeInstanceOf(PimError)
          expect((error as PimError).message).not.toMatch(/\p{Cc}/u)
        }
      }),
    )
  })

  test('a slug of a slug is itself', () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        expect(slug(slug(name))).toBe(slug(name))
      }),
    )
  })
})
