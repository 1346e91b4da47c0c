import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { attemptAt, roomWithProvider, targetNamed } from '../fixture.ts'
import { failure, role, roomWithBase } from './fixture.ts'

describe('a token file that has no end is refused, and not waited for', () => {
  const pipe = (folder: string): string => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    return join(folder, 'pipe')
  }
  const large = (folder: string): string => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(64 * 1024 + 1))
    return join(folder, 'large')
  }
  const kinds: [string, (folder: string) => string, RegExp][] = [
    ['a pipe', pipe, /pipe is not an ordinary file$/],
    ['a device', () => '/dev/zero', /\/dev\/zero is not an ordinary file$/],
    ['a folder', (folder) => folder, /is not an ordinary file$/],
    ['a large file', large, /large is larger than 64 KiB$/],
  ]
  const refused = (message: RegExp) => ({
    kind: 'usage',
    code: 'token-file-unusable',
    exitCode: 2,
    message: expect.stringMatching(message),
  })

  test.each(kinds)('%s as a profile’s web identity', async (_, path, message) => {
    const room = await roomWithProvider()
    appendFileSync(
      join(room.sandbox.folder, 'aws', 'config'),
      `\n[profile here]\n${role}\nweb_identity_token_file = ${path(room.sandbox.folder)}\n`,
    )
    const target = await targetNamed('here', room.provider)
    await expect(room.provider.activate(attemptAt(target))).rejects.toMatchObject(refused(message))
  })

  test.each(kinds)('%s in AWS_WEB_IDENTITY_TOKEN_FILE', async (_, path, message) => {
    const room = await roomWithProvider({ AWS_PROFILE: '' })
    room.env['AWS_WEB_IDENTITY_TOKEN_FILE'] = path(room.sandbox.folder)
    room.env['AWS_ROLE_ARN'] = 'arn:aws:iam::123456789012:role/Pod'
    const { signal } = new AbortController()
    await expect(room.provider.whoAmI(signal)).rejects.toMatchObject(refused(message))
  })

  test.each(kinds)('%s in AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', async (_, path, message) => {
    const room = await roomWithProvider()
    room.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] = path(room.sandbox.folder)
    appendFileSync(
      join(room.sandbox.folder, 'aws', 'config'),
      `\n[profile here]\n${role}\ncredential_source = EcsContainer\n`,
    )
    expect(await failure(room)).toMatchObject(refused(message))
  })

  test.each(kinds)('%s where `aws sso login` keeps its token', async (_, path) => {
    const room = await roomWithBase(
      () => `sso_session = corp
sso_account_id = 123456789012
sso_role_name = Developer
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1`,
    )
    const { folder } = room.sandbox
    const name = createHash('sha1').update('corp').digest('hex')
    mkdirSync(join(folder, '.aws', 'sso', 'cache'), { recursive: true })
    symlinkSync(path(folder), join(folder, '.aws', 'sso', 'cache', `${name}.json`))
    expect(await failure(room)).toMatchObject(
      refused(/the sign-in kept in .* (is not an|is larger)/),
    )
  })

  test.each(kinds)('%s where `aws login` keeps its token', async (_, path) => {
    const room = await roomWithBase(() => 'login_session = arn:aws:iam::123456789012:user/alice')
    const { folder } = room.sandbox
    const name = createHash('sha256').update('arn:aws:iam::123456789012:user/alice').digest('hex')
    mkdirSync(join(folder, '.aws', 'login', 'cache'), { recursive: true })
    symlinkSync(path(folder), join(folder, '.aws', 'login', 'cache', `${name}.json`))
    expect(await failure(room)).toMatchObject(
      refused(/the sign-in kept in .* (is not an|is larger)/),
    )
  })
})
