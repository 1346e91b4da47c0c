import { expect, test } from 'vitest'
import { minutes } from '../../src/core/time/duration.ts'
import { endingWords, lentRightWords, lentSessionWords } from '../../src/ui/notice.ts'
import { elevation, elevationWithLeft, hours, later, noon } from '../core/sample-elevations.ts'

const near = elevationWithLeft(minutes(5))
const clock = (date: Date) =>
  `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`
const at = clock(later(minutes(5)))

test('who looks on is offered a key, or told the command', () => {
  expect(endingWords(near, noon, 'e').line).toBe(
    `\`aws:prod-admin\` ends at ${at} (5m left); press e to extend it`,
  )
  expect(endingWords(near, noon)).toEqual({
    line: `\`aws:prod-admin\` ends at ${at} (5m left); \`pim extend aws:prod-admin\` makes it last longer`,
    desktop: {
      title: `aws:prod-admin ends at ${at} (5m left)`,
      body: '`pim extend aws:prod-admin` makes it last longer',
    },
  })
})

test('a right reaches the running command, a session does not', () => {
  expect(lentRightWords(near, noon).desktop.body).toBe(
    '`pim extend aws:prod-admin` in another terminal makes it last longer, for the running command too',
  )
  expect(lentSessionWords(near, undefined, noon).desktop.body).toBe(
    'the running command keeps the credentials it was given, which end then; `pim extend aws:prod-admin` in another terminal serves new commands',
  )
  const next = elevation({ expiresAt: later(hours(1)) })
  expect(lentSessionWords(near, next, noon).desktop.body).toBe(
    `the running command keeps the credentials it was given, which end then; the new session until ${clock(later(hours(1)))} serves new commands`,
  )
})

test('the moment is that of this machine’s clock', () => {
  const ahead = { ...near, expiresAt: later(minutes(7)), clockAheadMs: 120_000 }
  expect(endingWords(ahead, noon).desktop.title).toBe(endingWords(near, noon).desktop.title)
})

test.each([
  [
    'azure:payments-prod/User Access Administrator',
    '"azure:payments-prod/User Access Administrator"',
  ],
  ['azure:R&D/Reader', '"azure:R&D/Reader"'],
  ['aws:$(rm -rf ~)', "'aws:$(rm -rf ~)'"],
  ["aws:`id`'; id #", "'aws:`id`'\\''; id #'"],
  ['aws:\u001B[2J\u202Ex\n', "'aws:\\u{1b}[2J\\u{202e}x\\u{a}'"],
  ['group:größe', 'group:größe'],
])('the command for %j is one that a shell takes as one word', (target, word) => {
  const { line, desktop } = endingWords({ ...near, target }, noon)
  expect(desktop.body).toBe(`\`pim extend ${word}\` makes it last longer`)
  // oxlint-disable-next-line no-control-regex -- these are what must not be there.
  expect(`${line}${desktop.title}${desktop.body}`).not.toMatch(/[\u0000-\u001F\u202E]/)
})
