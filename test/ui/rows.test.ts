import { describe, expect, test, vi } from 'vitest'
import { PimError } from '../../src/core/errors.ts'
import {
  elevationJson,
  failureJson,
  outcomeLine,
  planLine,
  statusRows,
} from '../../src/ui/elevation.ts'
import { auditRow } from '../../src/ui/audit.ts'
import { formatLocalMoment, formatLocalTime } from '../../src/core/time/local-time.ts'
import { matching } from '../../src/ui/prompt/matching.ts'
import { table } from '../../src/ui/output/table.ts'
import { targetColumns, targetRow } from '../../src/ui/target.ts'
import { elevation, hours, minutes, noon, requirements, target } from '../core/sample-elevations.ts'

vi.stubEnv('TZ', 'UTC')

const plan = {
  id: 'e1',
  target: target('prod-admin'),
  justification: 'why',
  asked: hours(1),
  duration: hours(1),
  mfaDevices: [],
  requestedAt: noon,
  notices: [],
}

describe('the time is the local one', () => {
  test.each([
    ['2026-03-01T14:05:00Z', '14:05'],
    ['2026-03-01T00:00:00Z', '00:00'],
    ['2026-03-02T00:30:00Z', '2026-03-02 00:30'],
    ['2027-03-01T12:00:00Z', '2027-03-01 12:00'],
  ])('%s as %s', (time, text) => expect(formatLocalTime(new Date(time), noon)).toBe(text))

  test('down to the second in lists', () => {
    expect(formatLocalMoment(noon)).toBe('2026-03-01 12:00:00')
  })

  test('of this machine, where its clock is off', () => {
    const ahead = elevation({ clockAheadMs: minutes(10).seconds * 1000 })
    expect(outcomeLine(ahead, true, noon)).toBe(
      'elevated to `aws:prod-admin` until 12:50 (50m left)',
    )
  })
})

test('a line says who acts on what until when, and what was done', () => {
  const identity = { cloud: 'aws', tenant: '1', account: 'user/alice', name: 'user/alice' }
  const alice = { identity, name: 'user/alice', person: 'alice', account: '1' }
  expect(planLine(plan, alice, noon)).toBe('user/alice asks for `aws:prod-admin` until 13:00')
  expect(planLine(plan, undefined, noon)).toBe('you ask for `aws:prod-admin` until 13:00')
  expect(outcomeLine(elevation(), false, noon)).toBe(
    '`aws:prod-admin` is already active until 13:00 (1h left)',
  )
})

test('what is known only to this machine is not in the JSON', () => {
  const keys = Object.keys(elevationJson(elevation(), true))
  for (const inner of ['store', 'asked', 'handedOut', 'configuration', 'facts', 'clockAheadMs']) {
    expect(keys).not.toContain(inner)
  }
  const pending = new PimError('pending', 'c', 'm')
  expect(failureJson({ target: 'aws:prod' }, pending)).toMatchObject({
    target: 'aws:prod',
    changed: false,
  })
})

describe('a stranger’s text in a row is shown, not obeyed', () => {
  const evil = '\u001B[2J\u202Eadmin\u200B'
  test.each([
    ['status', statusRows([elevation({ justification: evil, target: evil })], noon).flat()],
    [
      'list',
      targetRow({
        target: target(evil, { role: evil }),
        state: undefined,
        requirements: undefined,
      }),
    ],
    [
      'audit',
      auditRow({
        v: 1,
        seq: 1,
        time: noon.toISOString(),
        event: evil,
        elevationId: evil,
        target: evil,
        justification: evil,
        error: { message: evil },
        prev: '',
      }),
    ],
    ['a plan', [planLine({ ...plan, target: target(evil) }, undefined, noon)]],
  ])('%s', (_, row) => {
    expect(row.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    expect(row.join('')).toContain('\\u{1b}')
  })
})

describe('what a target demands', () => {
  const row = (demands: Parameters<typeof requirements>[0]) =>
    targetRow({
      target: target('a'),
      state: undefined,
      requirements: requirements(demands),
    }).slice(4)

  test.each([
    [{}, ['12h', 'justification']],
    [{ mfa: true, ticket: true, approval: true }, ['12h', 'justification, ticket, mfa, approval']],
    [{ maxDuration: 'unknown', mfa: 'unknown' }, ['unknown', 'justification, mfa?']],
    [{ justification: false }, ['12h', '']],
  ] as const)('%j', (demands, cells) => expect(row(demands)).toEqual(cells))

  test('is unknown where it could not be read', () => {
    const unread = new PimError('usage', 'c', 'm')
    expect(targetRow({ target: target('a'), state: elevation(), requirements: unread })).toEqual([
      'aws:a',
      'Admin',
      '123456789012',
      'active',
      'unknown',
      'unknown',
    ])
    expect(targetColumns(true)).toHaveLength(6)
  })
})

test('a table has aligned columns and no space at the end of a line', () => {
  expect(
    table(
      [
        { name: 'name', rank: 0 },
        { name: 'x', rank: 1 },
      ],
      [
        ['long-name', 'a'],
        ['b', ''],
      ],
    ),
  ).toBe('NAME       X\nlong-name  a\nb')
})

test.each([
  ['', ['aws:prod-admin', 'aws:prod-audit', 'aws:dev']],
  ['PROD', ['aws:prod-admin', 'aws:prod-audit']],
  ['prod adm', ['aws:prod-admin']],
  ['adm  prod ', ['aws:prod-admin']],
  ['x', []],
])('typing %j leaves %j to pick from', (filter, left) => {
  expect(matching(['aws:prod-admin', 'aws:prod-audit', 'aws:dev'], filter)).toEqual(left)
})
