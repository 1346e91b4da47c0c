import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { alice } from '../../sandbox/aws/sts/roles.ts'
import { hasCommands, requirePart } from './parts.ts'
import { openCloud, type Cloud } from './pim.ts'
import { Terminal } from './terminal.ts'

const hasTmux = requirePart('tmux', () => hasCommands('tmux'))

describe.skipIf(!hasTmux)('in a terminal, while stdin is a pipe', () => {
  let cloud: Cloud
  let terminal: Terminal

  beforeEach(async () => {
    cloud = await openCloud()
    terminal = new Terminal(cloud)
  })
  afterEach(async () => {
    terminal.close()
    await cloud[Symbol.asyncDispose]()
  })

  const device = `One-time code of ${alice.mfaSerial}`

  test('the one-time code is read from the terminal, and the command gets the pipe', async () => {
    terminal.run('echo the data | pim exec aws:sandbox-mfa -j why -- cat')
    await terminal.shows(device)
    terminal.type('123456')
    expect(await terminal.exits(0)).toContain('the data')
    expect(cloud.calls('AssumeRole')).toHaveLength(1)
  })

  test('Ctrl-C at that question ends it', async () => {
    terminal.run('true | pim exec aws:sandbox-mfa -j why -- cat; echo "code=${PIPESTATUS[1]}"')
    await terminal.shows(device)
    terminal.press('C-c')
    await terminal.shows('code=130')
    expect(cloud.calls('AssumeRole')).toHaveLength(0)
  })

  test('in the background nobody is asked, and nothing is stopped', async () => {
    terminal.run('set -m; (true | pim exec aws:sandbox-mfa -j why -- cat) & wait $!')
    expect(await terminal.exits(125)).toContain('--mfa-token')
  })
})
