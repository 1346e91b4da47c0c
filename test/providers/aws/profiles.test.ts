import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readProfiles } from '../../../src/providers/aws/profiles.ts'
import { temporaryFolder } from '../../system/temporary-folder.ts'
import { attemptAt, roomWithProvider, targetNamed } from './room.ts'

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
    ['may hold a profile without settings', '[default]\n[profile a]\n', undefined, []],
    ['may begin with the default', '[default]\nregion = x\n', undefined, ['default']],
  ])('%s', async (_, config, credentials, names) => {
    const profiles = await readProfiles(files(config, credentials))
    expect(Object.keys(profiles).toSorted()).toEqual(names)
  })

  test.each(['[__proto__]', '[profile __proto__]', '[ profile "__proto__" ]'])(
    'with the section %s, for which the SDK refuses the file, are not taken for empty ones',
    async (section) => {
      const paths = files(`[profile a]\nregion = x\n${section}\nregion = y\n`)
      await expect(readProfiles(paths)).rejects.toMatchObject({
        code: 'aws-config-unreadable',
        exitCode: 2,
        message: expect.stringContaining(paths.config),
        hint: expect.stringContaining('remove that section'),
      })
    },
  )

  test.skipIf(process.platform === 'win32')('that are pipes are not waited for', async () => {
    const paths = files()
    execFileSync('mkfifo', [paths.config])
    await expect(readProfiles(paths)).rejects.toMatchObject({
      code: 'aws-config-unreadable',
      exitCode: 2,
    })
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
