import stringWidth from 'fast-string-width'
import { expect, describe, test } from 'vitest'

import { guidOf, type TenantGroup } from '../../sandbox/microsoft/seed/model.ts'
import { sandboxEligibility } from '../../sandbox/microsoft/seed/seed.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openSignedIn, type Stand } from './fixture.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

/** What an administrator, or somebody who asks, could write to deceive a terminal. */
const hostile = 'evil\u001B[2J\u001B]0;title\u0007\u202Enimda\u200B\r\nTARGET'
const wide = '支払い処理サービス本番環境の管理者'.repeat(3)

const names = { hostile, wide, long: 'payments-production-western-europe-'.repeat(4) }

function group(displayName: string): TenantGroup {
  return { id: guidOf('narrow', displayName), displayName, members: [] }
}

/** Elevations, a request that waits, and a log, with names of every kind. */
async function populated(): Promise<Stand> {
  const stand = await openSignedIn()
  const groups = Object.values(names).map(group)
  const eligibilities = groups.map(({ id }) =>
    sandboxEligibility({ kind: 'group', roleId: 'member', scope: id }),
  )
  stand.tenant.add({ groups, eligibilities })
  const { out } = await stand.pim(['list', '--refresh', '--provider', 'group', '--json'])
  const targets = (JSON.parse(out).targets as { target: string; scopeName: string }[])
    .filter(({ scopeName }) => Object.values(names).includes(scopeName))
    .map(({ target }) => target)
  expect(targets).toHaveLength(3)
  const why = `\u202Enimda\u200B ${wide}`
  for (const each of [...targets, 'azure:payments-dev/Contributor']) {
    const { code, err } = await stand.pim(['elevate', each, '-j', why, '--wait', 'active'])
    expect([each, code, err]).toEqual([each, each.startsWith('azure') ? 5 : 0, expect.any(String)])
  }
  return stand
}

describe.skipIf(!hasTmux)('tables in a terminal', () => {
  test.each([80, 100])('no row wraps at %i columns, and no name is obeyed', async (columns) => {
    await using stand = await populated()
    const terminal = new Terminal(stand, columns)
    try {
      for (const [words, heading, row] of [
        ['status', /^TARGET +STATE +LEFT/m, /^azure:payments-dev\/Contributor .*pending-approval/m],
        [
          'list',
          /^TARGET .*STATE$/m,
          /^group:payments-production-western-europe-.*\n  .*\n +(member .*)?active$/m,
        ],
        [
          'list --requirements',
          /^TARGET .*STATE +LONGEST +DEMANDS$/m,
          /^group:支払い.*\n(  .*\n)* {3,}.*active /m,
        ],
        ['requests', /^ID +.*TARGET +STATE/m, /^[\da-f-]{36} .*pending-approval/m],
        ['audit', /^SEQ +TIME +EVENT .*TARGET +DETAILS$/m, / elevation\.active +/m],
      ] as const) {
        terminal.run(`pim ${words} 2>/dev/null`)
        const screen = await terminal.exits(0)
        // The screen joins what wrapped, so that such a row is longer than the terminal is wide.
        for (const line of screen.split('\n')) {
          expect([words, line, stringWidth(line) <= columns]).toEqual([words, line, true])
        }
        expect([words, screen]).toEqual([words, expect.stringMatching(heading)])
        expect([words, screen]).toEqual([words, expect.stringMatching(row)])
        expect(screen.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
        // What a name holds begins no line of its own.
        expect(screen.match(new RegExp(heading.source, 'gm'))).toHaveLength(1)
      }
    } finally {
      terminal.close()
    }
  })

  test('a pipe gets every row whole', async () => {
    await using stand = await populated()
    for (const words of ['status', 'list', 'audit'] as const) {
      const { out } = await stand.pim([words])
      expect(out).not.toContain('…')
      expect(out).toContain(wide)
      expect(out).toContain(names.long.slice(0, -1))
      expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    }
  })
})
