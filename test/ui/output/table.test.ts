import stringWidth from 'fast-string-width'
import { describe, expect, test } from 'vitest'
import { shortenedTo, wrappedTo } from '../../../src/ui/output/column-widths.ts'
import { auditColumns } from '../../../src/ui/audit.ts'
import { statusColumns } from '../../../src/ui/elevation.ts'
import { requestColumns } from '../../../src/ui/access-request.ts'
import { longTable, table } from '../../../src/ui/output/table.ts'
import { targetColumns } from '../../../src/ui/target.ts'

const long =
  'azure:payments-production/rg-westeurope-web/Owner of 支払い処理サービス本番環境の管理者'
const ids = '4f6f2d5e-2a53-4c4d-9d3b-0a2f6f6f1c11'

const tables = {
  status: {
    columns: statusColumns,
    rows: [
      [
        long,
        'pending-approval',
        '',
        '',
        'alice.verylongname@corp.example in Contoso',
        'why '.repeat(30),
      ],
      ['aws:prod', 'active', '59m', '2026-12-02 09:00', 'alice', '🙂'.repeat(60)],
    ],
  },
  list: {
    columns: targetColumns(false),
    rows: [
      [long, 'Owner', 'rg-web', 'eligible'],
      ['aws:a', 'A', '1', 'active'],
    ],
  },
  'list --requirements': {
    columns: targetColumns(true),
    rows: [
      [
        long,
        'Owner'.repeat(9),
        'rg-web'.repeat(9),
        'pending-approval',
        '1h30m',
        'justification, ticket, mfa, approval',
      ],
    ],
  },
  requests: {
    columns: requestColumns(false),
    rows: [
      [
        ids,
        'alice@corp.example'.repeat(3),
        long,
        'pending-approval 1/2',
        '1h30m',
        '3m',
        'stage 1 approved by carol@corp.example: "go on"',
        'why '.repeat(30),
      ],
    ],
  },
  'requests --to-approve': {
    columns: requestColumns(true),
    rows: [
      [
        ids,
        'alice@corp.example'.repeat(3),
        long,
        'pending-approval',
        '1h30m',
        '3m',
        'stage 1 approved by carol@corp.example: "go on"',
        'why '.repeat(30),
      ],
    ],
  },
  audit: {
    columns: auditColumns,
    rows: [
      ['1000000', '2026-12-01 12:00:00', 'elevation.release-failed', ids, long, 'why '.repeat(30)],
    ],
  },
}

describe.each(Object.entries(tables))('%s', (_, { columns, rows }) => {
  test.each([1, 8, 20, 40, 60, 80, 100, 120, 1000])('no line is wider than %i cells', (width) => {
    for (const line of table(columns, rows, width).split('\n')) {
      expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(width, 1 + 3 * (columns.length - 1)))
    }
  })

  test.each([60, 80, 100])(
    'shows in %i cells every column that stays, and every target whole',
    (width) => {
      const text = table(columns, rows, width)
      const [heading = '', first = ''] = text.split('\n')
      const squashed = text.replaceAll(/\n */g, '').replaceAll(' ', '')
      if (heading.includes('TARGET')) expect(squashed).toContain(long.replaceAll(' ', ''))
      for (const { name, stays } of columns) {
        if (stays === true) expect(heading).toContain(name.toUpperCase())
      }
      if (width >= 80) expect(first).toContain(rows[0]?.[0]?.slice(0, 7))
    },
  )

  test('is whole where it goes to no terminal', () => {
    const lines = table(columns, rows).split('\n')
    for (const [at, row] of rows.entries()) {
      for (const cell of row) expect(lines[at + 1]).toContain(cell.trim())
    }
  })

  test('and is whole on a terminal that is wide enough', () => {
    expect(table(columns, rows, 1000)).toBe(table(columns, rows))
  })
})

const headingOf = (
  columns: Parameters<typeof table>[0],
  rows: readonly string[][],
  width: number,
) => table(columns, rows, width).split('\n')[0]?.split(/ {2,}/)

test('what tells least goes first', () => {
  const row = [
    'azure:payments-prod/rg-web/Owner',
    'pending-approval',
    '59m',
    '14:05',
    'alice@corp.example in Contoso',
    'restart the queue',
  ]
  const columns = (width: number) => headingOf(statusColumns, [row], width)
  expect(columns(120)).toEqual(['TARGET', 'STATE', 'LEFT', 'UNTIL', 'HELD BY', 'WHY'])
  expect(columns(80)).toEqual(['TARGET', 'STATE', 'LEFT', 'UNTIL', 'HELD BY'])
  expect(columns(65)).toEqual(['TARGET', 'STATE', 'LEFT', 'UNTIL'])
  expect(columns(50)).toEqual(['TARGET', 'STATE', 'UNTIL'])
})

test('targets that differ only in the middle are told apart', () => {
  const targets = ['west', 'east'].map((at) => `azure:payments-production-${at}/rg-web/Contributor`)
  const rows = targets.map((target) => [
    target,
    'Contributor',
    'rg-web',
    'eligible',
    '8h',
    'justification, ticket, mfa',
  ])
  expect(table(targetColumns(true), [...rows, ['aws:web', 'Web', '1', 'active', '1h', 'mfa']], 80))
    .toMatchInlineSnapshot(`
    "TARGET                             STATE     LONGEST  DEMANDS
    azure:payments-production-west/rg-web/Contributor
                                       eligible  8h       justification, ticket, mfa
    azure:payments-production-east/rg-web/Contributor
                                       eligible  8h       justification, ticket, mfa
    aws:web                            active    1h       mfa"
  `)
  const requests = targets.map((target) => [
    ids,
    'alice@corp.example',
    target,
    'pending-approval',
    '1h',
    '3m',
    'why',
  ])
  expect(
    table(requestColumns(true), [...requests, [ids, 'bob', 'aws:web', 'denied', '', '', '']], 80),
  ).toMatchInlineSnapshot(`
    "ID                                    WHO           TARGET      STATE
    4f6f2d5e-2a53-4c4d-9d3b-0a2f6f6f1c11  alice@corp.…              pending-approval
      azure:payments-production-west/rg-web/Contributor
    4f6f2d5e-2a53-4c4d-9d3b-0a2f6f6f1c11  alice@corp.…              pending-approval
      azure:payments-production-east/rg-web/Contributor
    4f6f2d5e-2a53-4c4d-9d3b-0a2f6f6f1c11  bob           aws:web     denied"
  `)
})

test('rows that come later are shortened too', async () => {
  async function* rows() {
    for (let at = 0; at < 1000; at += 1) yield [String(at), 'x', 'y', 'z', 'aws:a', 'why']
    yield ['1000', 'x', 'y', 'z', 'aws:a', 'why '.repeat(100)]
  }
  const blocks: string[] = []
  for await (const block of longTable(auditColumns, rows(), 80)) blocks.push(block)
  const lines = blocks.join('\n').split('\n')
  expect(lines).toHaveLength(1002)
  expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(80)
})

describe('a text', () => {
  test.each([
    ['short', 5, 'short'],
    ['longer', 5, 'long…'],
    ['日本語', 5, '日本…'],
    ['日本語', 4, '日…'],
    ['👩‍👩‍👧‍👧👩‍👩‍👧‍👧', 3, '👩‍👩‍👧‍👧…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['any', 1, '…'],
    ['any', 0, ''],
  ] as const)('%j within %i', (text, width, shown) => {
    expect(shortenedTo(text, width)).toBe(shown)
  })
})

test.each([
  ['aws:prod-admin', 20, ['aws:prod-admin']],
  ['aws:prod-admin', 8, ['aws:prod', '  -admin']],
  ['group:日本語', 8, ['group:日', '  本語']],
  ['日本', 1, ['日', '本']],
])('%j is wrapped to %i cells, and no line of it passes for a row', (text, width, lines) => {
  expect(wrappedTo(text, width)).toEqual(lines)
})
