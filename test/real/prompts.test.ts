import { appendFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { alice, sandboxRoles } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, until } from './pim.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))
const device = alice.mfaSerial

test.skipIf(!hasTmux).each(['xterm-256color', 'dumb'])(
  'with TERM=%s, one device is asked for its codes in turn, and nothing is written into a question',
  async (term) => {
    await using cloud = await openCloud()
    cloud.sts.mfaCodes = ['111111', '222222']
    appendFileSync(
      cloud.env['AWS_CONFIG_FILE'] ?? '',
      `\n[profile second]\nrole_arn = ${sandboxRoles.mfa.arn}\nsource_profile = sandbox\nmfa_serial = ${device}\nregion = us-east-1\nservices = sandbox\n`,
    )
    // The one without a code takes its time, of which a person is told as a rule.
    cloud.sts.fail({ action: 'AssumeRole', delayMs: 6000 })
    const terminal = new Terminal(cloud)
    try {
      terminal.type(`export TERM=${term}`)
      terminal.run('pim elevate aws:second aws:sandbox-mfa aws:sandbox-admin -j why -d 20m')
      await terminal.shows(`One-time code of ${device} for aws:second:`)
      await until('the other one', () =>
        cloud
          .records()
          .some(
            ({ event, target }) => event === 'elevation.active' && target === 'aws:sandbox-admin',
          ),
      )
      const open = terminal.screen().trimEnd().replaceAll('\n', '')
      expect(open).not.toMatch(/elevated to|no answer yet/)
      expect(open.slice(open.indexOf('for aws:second:'))).not.toContain('pim: ')
      terminal.type('111111')
      await terminal.shows(`Next one-time code of ${device} for aws:sandbox-mfa (each works once):`)
      expect(terminal.screen()).toContain('elevated to `aws:sandbox-admin`')
      terminal.type('111111')
      await terminal.shows('this code was used already; wait for the next one')
      if (term !== 'dumb') for (let key = 0; key < 6; key += 1) terminal.press('BSpace')
      terminal.type('222222')
      const end = await terminal.exits(0)
      expect(end).not.toMatch(/111111|222222/)
      expect(cloud.calls('AssumeRole')).toHaveLength(3)
    } finally {
      terminal.close()
    }
  },
)
