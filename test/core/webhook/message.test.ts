import { Ajv } from 'ajv'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

import type { Announcement } from '../../../src/core/webhook/announcement.ts'
import { webhookMessage } from '../../../src/core/webhook/message.ts'
import { parseWebhookUrl } from '../../../src/core/webhook/webhook.ts'
import { largestForTeams, slackShape, teamsShape } from './message-shapes.ts'

const ajv = new Ajv({ allErrors: true })
const isSlack = ajv.compile(slackShape)
const isTeams = ajv.compile(teamsShape)

const asked: Announcement = {
  event: 'elevation.pending',
  time: '2026-03-01T12:00:00.000Z',
  target: 'group:sec-ops@owner',
  role: 'owner',
  requester: 'alice@sandbox.example',
  justification: 'restart the queue',
  ticket: 'OPS:1',
  duration: 'PT1H',
  requestId: 'r-1',
  elevationId: 'e-1',
}

const events = [
  'elevation.pending',
  'elevation.active',
  'elevation.denied',
  'elevation.canceled',
  'approval.approved',
  'approval.denied',
  'webhook.test',
] as const satisfies Announcement['event'][]

const text = fc.string({ unit: 'binary', maxLength: 3000 })

/** Everything that may be said, however long and in whatever characters. */
const anyAnnouncement: fc.Arbitrary<Announcement> = fc.record(
  {
    event: fc.constantFrom(...events),
    time: fc.constant(asked.time),
    target: text,
    role: text,
    scope: text,
    requester: text,
    justification: text,
    ticket: text,
    duration: text,
    expiresAt: text,
    approver: text,
    reason: text,
    requestId: text,
    elevationId: text,
  },
  { requiredKeys: ['event', 'time'] },
)

const read = (format: Parameters<typeof webhookMessage>[0], announcement: Announcement) =>
  JSON.parse(webhookMessage(format, announcement))

describe('a message has the shape that its receiver documents', () => {
  test.each(events)('%s', (event) => {
    expect([isSlack(read('slack', { ...asked, event })), isSlack.errors]).toEqual([true, null])
    expect([isTeams(read('teams', { ...asked, event })), isTeams.errors]).toEqual([true, null])
  })

  test('whatever it says, and within what they take', () => {
    fc.assert(
      fc.property(anyAnnouncement, (announcement) => {
        expect([isSlack(read('slack', announcement)), isSlack.errors]).toEqual([true, null])
        const teams = webhookMessage('teams', announcement)
        expect([isTeams(JSON.parse(teams)), isTeams.errors]).toEqual([true, null])
        expect(Buffer.byteLength(teams)).toBeLessThan(largestForTeams)
      }),
    )
  })

  test('and the longest of all', () => {
    const long = '\u{1F600}"\\*'.repeat(2000)
    const all = Object.fromEntries(Object.keys(asked).map((key) => [key, long]))
    const longest: Announcement = { ...asked, ...all, event: 'elevation.pending' }
    const more = { ...longest, scope: long, expiresAt: long, approver: long, reason: long }
    expect(isSlack(read('slack', more))).toBe(true)
    expect(Buffer.byteLength(webhookMessage('teams', more))).toBeLessThan(largestForTeams)
  })

  test('another does not', () => {
    const slack = read('slack', asked)
    const [header, section] = slack.blocks
    for (const wrong of [
      { ...slack, blocks: [] },
      { ...slack, blocks: [{ ...header, text: { type: 'mrkdwn', text: 'x' } }] },
      { ...slack, blocks: [{ ...section, fields: Array(11).fill(section.fields[0]) }] },
      { blocks: slack.blocks },
    ]) {
      expect(isSlack(wrong)).toBe(false)
    }
    const teams = read('teams', asked)
    const [card] = teams.attachments
    for (const wrong of [
      { ...teams, attachments: [] },
      { ...teams, attachments: [{ ...card, contentType: 'application/json' }] },
      { ...teams, attachments: [{ ...card, content: { ...card.content, body: [{}] } }] },
    ]) {
      expect(isTeams(wrong)).toBe(false)
    }
  })
})

describe('a stranger’s text', () => {
  const hostile =
    'x <!channel> <https://evil.example|here> [here](https://evil.example) {{DATE(x)}} {{{DATE(x)}}}'

  test('mentions nobody and leads nowhere in Slack', () => {
    const slack = read('slack', { ...asked, requester: hostile, justification: hostile })
    expect(slack.text).toContain('&lt;!channel&gt;')
    expect(slack.text).not.toContain('<')
    const types = JSON.stringify(slack).match(/"type":"(\w+)"/g)
    expect(new Set(types)).toEqual(
      new Set(['"type":"header"', '"type":"plain_text"', '"type":"section"']),
    )
  })

  test('is no Markdown and no function in Teams', () => {
    const [card] = read('teams', { ...asked, justification: hostile }).attachments
    const said = JSON.stringify(card.content.body)
    expect(said).not.toMatch(/[^\\]\[here/)
    expect(said).not.toContain('{{')
  })

  test.each(['slack', 'teams'] as const)('shows what is unseen: %s', (format) => {
    const message = webhookMessage(format, { ...asked, justification: 'a\u202Eb\u200Bc' })
    expect(message).not.toMatch(/[\u202E\u200B]/)
    expect(message).toContain('202e')
  })

  test('is as it came in JSON', () => {
    const announcement = { ...asked, justification: hostile }
    expect(read('json', announcement)).toEqual({ schema: 'pim.webhook/v1', ...announcement })
  })
})

describe('an address', () => {
  test.each([
    'https://hooks.slack.com/services/T/B/x',
    'http://127.0.0.1:8080/x',
    ' https://a.b\n',
  ])('%s is taken', (address) => {
    expect(parseWebhookUrl(address).href).toContain('://')
  })

  test.each([
    'http://hooks.example/secret',
    'https://user:secret@hooks.example',
    'file:///secret',
    'secret',
    '',
    'http://127.0.0.1.evil.example/secret',
  ])('%s is refused, and not repeated', (address) => {
    expect(() => parseWebhookUrl(address)).toThrow(
      expect.objectContaining({ code: 'invalid-webhook', exitCode: 2 }),
    )
    try {
      parseWebhookUrl(address)
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('secret')
    }
  })
})
