import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSharedConfig, sharedFiles } from '../../../../src/providers/aws/config/profiles.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'
import { attemptAt, roomWithProvider, targetNamed } from '../fixture.ts'

function files(config?: string, credentials?: string) {
  const folder = temporaryFolder()
  const paths = { config: join(folder, 'config'), credentials: join(folder, 'credentials') }
  if (config !== undefined) writeFileSync(paths.config, config)
  if (credentials !== undefined) writeFileSync(paths.credentials, credentials)
  return paths
}

describe('the shared files', () => {
  test.each<[string, string | undefined, string | undefined, readonly string[]]>([
    ['that are not there hold no profile', undefined, undefined, []],
    ['that are empty hold none', '', '', []],
    ['that hold a comment hold none', '# [profile x]\n', undefined, []],
    ['are read together', '[profile a]\nregion = x\n', '[b]\naws_access_key_id = x\n', ['a', 'b']],
    [
      'may hold a profile without settings',
      '[default]\n[profile a]\n',
      undefined,
      ['a', 'default'],
    ],
    ['may begin with the default', '[default]\nregion = x\n', undefined, ['default']],
  ])('%s', async (_, config, credentials, names) => {
    const { profiles } = readSharedConfig(files(config, credentials))
    expect(Object.keys(profiles).toSorted()).toEqual(names)
  })

  test.each(['[profile __proto__]', '[profile constructor]', '[profile toString]'])(
    'may hold %s, which is nobody’s prototype',
    (section) => {
      const { profiles } = readSharedConfig(files(`${section}\nregion = x\n`))
      expect(Object.entries(profiles)).toEqual([[section.slice(9, -1), { region: 'x' }]])
      expect(readSharedConfig(files()).profiles[section.slice(9, -1)]).toBeUndefined()
    },
  )

  test.skipIf(process.platform === 'win32')('that are pipes are not waited for', async () => {
    const paths = files()
    execFileSync('mkfifo', [paths.config])
    expect(() => readSharedConfig(paths)).toThrow(
      expect.objectContaining({ code: 'aws-config-unreadable', exitCode: 2 }),
    )
  })
})

describe('the places of the shared files', () => {
  const env = { HOME: '/home/alice', PLACE: '/srv' }
  test.each<[string | undefined, string]>([
    [undefined, '/home/alice/.aws/config'],
    ['', ''],
    ['~/work.cfg', '/home/alice/work.cfg'],
    ['$HOME/work.cfg', '/home/alice/work.cfg'],
    ['${PLACE}/work.cfg', '/srv/work.cfg'],
    ['$NOWHERE/work.cfg', '$NOWHERE/work.cfg'],
    ['relative.cfg', 'relative.cfg'],
  ])('AWS_CONFIG_FILE=%s is %s', (set, path) => {
    expect(sharedFiles({ ...env, AWS_CONFIG_FILE: set }).config).toBe(path)
  })

  test('/dev/null holds nothing', () => {
    const nothing = readSharedConfig({ config: '/dev/null', credentials: '' })
    expect(Object.keys(nothing.profiles)).toEqual([])
  })
})

describe('AWS_PROFILE', () => {
  const env = { AWS_PROFILE: 'no-such-profile' }
  const refusal = { code: 'unknown-profile', exitCode: 2 }

  test('that names no profile is refused where the default credentials are needed', async () => {
    const { provider, sandbox } = await roomWithProvider(env)
    await expect(provider.whoAmI(new AbortController().signal)).rejects.toMatchObject(refusal)
    const role = provider.locate('123456789012/Admin', [])
    if (role === undefined) throw new Error('not located')
    await expect(provider.activate(attemptAt(role))).rejects.toMatchObject({
      ...refusal,
      message: expect.stringContaining('`no-such-profile`'),
      hint: expect.stringContaining('AWS_PROFILE'),
    })
    expect(sandbox.sts.calls).toEqual([])
  })

  test('does not matter to a profile that leads to its role by itself', async () => {
    const { provider } = await roomWithProvider(env)
    const target = await targetNamed('sandbox-admin', provider)
    expect(await provider.activate(attemptAt(target))).toMatchObject({ state: 'active' })
  })

  test('set to nothing is not set', async () => {
    const { provider } = await roomWithProvider({ AWS_PROFILE: '' })
    expect((await provider.discover(new AbortController().signal)).targets).not.toEqual([])
  })
})
