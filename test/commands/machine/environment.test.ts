import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startPim } from '../../pim.ts'

const commands = [
  'status',
  'status --json',
  'status --check aws:sandbox-admin',
  'list --active',
  'requests',
  'whoami',
  'release --all',
  'audit',
  'login --list',
  'credentials aws:sandbox-admin',
  'elevate aws:sandbox-admin -j why',
]

test.each(commands)('`pim %s` names a credential store that there is not', async (argv) => {
  const pim = await startPim()
  const { code, stdout, stderr } = await pim.run(argv, { env: { PIM_CREDENTIAL_STORE: 'bogus' } })
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('PIM_CREDENTIAL_STORE=bogus is not a credential store')
  expect(stderr).toContain('auto, keychain, file, memory')
})

test.runIf(existsSync('/proc')).each(commands)(
  '`pim %s` names a PIM_HOME that cannot be made',
  async (argv) => {
    const pim = await startPim()
    const { code, stdout, stderr } = await pim.run(argv, { env: { PIM_HOME: '/proc/nope/pim' } })
    expect([code, stdout]).toEqual([6, ''])
    expect(stderr).toContain(
      'pim cannot make the folder PIM_HOME=/proc/nope/pim: no folder can be made there',
    )
    expect(stderr).toContain('set `PIM_HOME` to another')
  },
)

test('a PIM_HOME that is missing is made for its owner alone', async () => {
  const pim = await startPim()
  const home = join(pim.folder, 'one', 'more')
  const { code, stderr } = await pim.run('status', { env: { PIM_HOME: home } })
  expect([code, stderr]).toEqual([0, 'pim: No active elevations from this machine\n'])
  expect(statSync(home).mode & 0o777).toBe(0o700)
})
