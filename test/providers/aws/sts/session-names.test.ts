import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  roleSessionName,
  sessionPerson,
  sessionTags,
  tagValue,
} from '../../../../src/providers/aws/sts/session-names.ts'
import { anyText } from '../../../core/any-text.ts'

/** What STS takes, word for word from its service model. */
const name = /^[\w+=,.@-]{2,64}$/
const value = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

const anything = fc.oneof(
  anyText(400),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ maxLength: 400 }),
  fc.constantFrom(
    '\uD800',
    '\uDFFFx',
    '🚑'.repeat(200),
    '👩‍🚒',
    '日本',
    'ａｌｉｃｅ',
    '',
    '-',
    'a',
    '--a--',
  ),
)
const anyId = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{12}$/)

describe('whatever a person is called, STS takes it', () => {
  test('as a session name that ends in the elevation’s id', () => {
    fc.assert(
      fc.property(anything, anyId, (person, id) => {
        expect(roleSessionName(person, id)).toMatch(name)
        expect(roleSessionName(person, id).endsWith(`-${id}`)).toBe(true)
      }),
    )
  })

  test('as a source identity, which may not begin with aws:', () => {
    fc.assert(
      fc.property(anything, (person) => {
        expect(sessionPerson(person)).toMatch(name)
        expect(sessionPerson(person)).not.toMatch(/^aws:/i)
      }),
    )
  })

  test.each([
    ['alice', 'alice'],
    ['alice@example.com', 'alice@example.com'],
    ['Jürgen Müller', 'Jurgen-Muller'],
    ['EXAMPLE\\alice', 'EXAMPLE-alice'],
    ['日本', 'user'],
    ['', 'user'],
    ['a', 'user-a'],
    ['🚑', 'user'],
    ['aws:root', 'aws-root'],
    ['x'.repeat(80), 'x'.repeat(64)],
  ])('%j is %s', (person, kept) => expect(sessionPerson(person)).toBe(kept))
})

describe('whatever the reason, STS takes it as a tag', () => {
  test('in its characters, no longer than 256 of them, and well formed', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const kept = tagValue(text)
        expect(kept.length).toBeLessThanOrEqual(256)
        expect(kept).toMatch(value)
        expect(kept.isWellFormed()).toBe(true)
        expect(kept).not.toMatch(/^aws:/i)
        expect(tagValue(kept)).toBe(kept)
      }),
    )
  })

  test('every tag of a session, with keys that differ in more than case', () => {
    fc.assert(
      fc.property(anything, fc.option(anything, { nil: undefined }), anyId, (why, number, id) => {
        const tags = sessionTags(why, number === undefined ? undefined : { number }, id)
        const keys = tags.map(({ Key }) => Key)
        expect(new Set(keys.map((key) => key.toLowerCase())).size).toBe(keys.length)
        for (const { Key, Value } of tags) {
          expect(Key).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u)
          expect(Value).toMatch(value)
        }
        expect(keys.includes('Ticket')).toBe(number !== undefined)
      }),
    )
  })

  test.each([
    ['restart the queue', 'restart the queue'],
    ['größer 日本語', 'größer 日本語'],
    ['it\'s "urgent"; #42!', 'it_s _urgent__ _42_'],
    ['🚑 now', '_ now'],
    ['half \uD800 pair', 'half _ pair'],
    // https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html: the prefix is AWS's own, in values too.
    ['aws:rotate the keys', 'aws_rotate the keys'],
    ['AWS: rotate', 'aws_ rotate'],
    ['x'.repeat(300), 'x'.repeat(256)],
    [`${'x'.repeat(255)}\u{20000}`, 'x'.repeat(255)],
    ['', ''],
  ])('%j is %j', (text, kept) => expect(tagValue(text)).toBe(kept))

  test('a ticket keeps its system', () => {
    expect(sessionTags('why', { system: 'JIRA', number: 'OPS-1' }, 'e1')).toEqual([
      { Key: 'Justification', Value: 'why' },
      { Key: 'Ticket', Value: 'JIRA:OPS-1' },
      { Key: 'ElevationId', Value: 'e1' },
    ])
  })
})
