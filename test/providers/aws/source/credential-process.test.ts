import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programOf } from '../../../../src/providers/aws/source/credential-process.ts'
import { alice } from '../../../../sandbox/aws/sts/roles.ts'
import { attemptAt, targetNamed } from '../fixture.ts'
import { failure, roomWithBase, told } from './fixture.ts'

const keys = JSON.stringify({
  Version: 1,
  AccessKeyId: alice.accessKeyId,
  SecretAccessKey: alice.secretAccessKey,
})

describe('a credential_process that fails', () => {
  const said = (why: string) =>
    `there are no credentials to start from: the credential_process of the profile \`base\` (\`sh\`) ${why}`
  const secret = 'hunter2hunter2'

  test.each([
    ['ends with a code', `sh -c "exit 7" --password ${secret}`, 'ended with exit code 7'],
    ['is not there', `/no/such/sh --password ${secret}`, 'is not there'],
    [
      'says why',
      `sh -c "echo; echo Session expired. Run: corp-login >&2; echo more >&2; exit 1"`,
      'ended with exit code 1: Session expired. Run: corp-login',
    ],
    [
      'repeats what is secret',
      `sh -c "echo no $2 for $3 ${'k'.repeat(40)} AKIA1234567890123456 >&2; exit 1" x --password ${secret} alice`,
      'ended with exit code 1: no [secret] for alice [secret] [secret]',
    ],
    [
      'paints',
      `sh -c "printf '\\033[31mno\\033[0m' >&2; exit 1"`,
      'ended with exit code 1: \\u{1b}[31mno\\u{1b}[0m',
    ],
    ['is killed', `sh -c 'kill -KILL $$' ${secret}`, 'was ended by SIGKILL'],
    ['is no command line', `sh -c "echo ${secret}`, 'cannot be read: a " is not closed'],
    [
      'is cut short',
      `sh -c 'echo "{\\"SecretAccessKey\\":\\"${secret}"'`,
      'printed something that is not JSON',
    ],
    ['prints something else', `sh -c "echo ${secret}"`, 'printed something that is not JSON'],
    ['prints no object', `sh -c "echo 3"`, 'printed no credentials (no object)'],
    [
      'leaves a key out',
      `sh -c 'echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"AKIA\\",\\"SessionToken\\":\\"${secret}\\"}"'`,
      'printed no credentials (SecretAccessKey)',
    ],
    [
      'is late',
      `sh -c 'echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"AKIA\\",\\"SecretAccessKey\\":\\"${secret}\\",\\"Expiration\\":\\"2001-01-01T00:00:00Z\\"}"'`,
      'gave credentials that have expired',
    ],
    ['prints without an end', `sh -c "yes ${secret}"`, 'printed without an end'],
  ])('%s: only profile, program and ending are told', async (_, command, why) => {
    const error = await failure(await roomWithBase(() => `credential_process = ${command}`))
    expect(error).toMatchObject({
      code: 'no-source-credentials',
      exitCode: 4,
      target: 'aws:here',
      message: said(why),
      hint: 'its credential_process (`sh`) must give new ones',
    })
    expect(told(error)).not.toContain(secret)
  })

  test('is run once', async () => {
    const { provider, sandbox } = await roomWithBase(
      (folder) => `credential_process = sh -c 'echo run >> ${folder}/runs; exit 1'`,
    )
    const target = await targetNamed('here', provider)
    await expect(provider.activate(attemptAt(target))).rejects.toThrow()
    expect(readFileSync(join(sandbox.folder, 'runs'), 'utf8')).toBe('run\n')
  })

  test('is run once for an elevation, though two calls sign with what it gives', async () => {
    const { provider, sandbox } = await roomWithBase(
      (folder) => `credential_process = sh -c "echo run >> ${folder}/runs; cat ${folder}/keys"`,
    )
    writeFileSync(join(sandbox.folder, 'keys'), keys)
    const target = await targetNamed('here', provider)
    const { signal } = new AbortController()
    await Promise.all([provider.identify(target, signal), provider.identify(target, signal)])
    await provider.activate(attemptAt(target))
    expect(readFileSync(join(sandbox.folder, 'runs'), 'utf8')).toBe('run\n')
    expect(sandbox.sts.calls.map(({ action }) => action)).toEqual([
      'GetCallerIdentity',
      'GetCallerIdentity',
      'AssumeRole',
    ])
  })

  test('as the default profile’s own is not hidden by a search elsewhere', async () => {
    const room = await roomWithBase(() => `credential_process = sh -c "exit 7" ${secret}`, {
      AWS_PROFILE: 'base',
    })
    const error = await room.provider
      .whoAmI(new AbortController().signal)
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ message: said('ended with exit code 7') })
    expect(told(error)).not.toContain(secret)
  })

  test.each([
    ['get-keys --password x', 'get-keys'],
    ['/opt/bin/get-keys.sh', 'get-keys.sh'],
    ['"C:\\Program Files\\get keys\\get.exe" x', 'get.exe'],
    ["'/my tools/get' x", 'get'],
    ['PASSWORD=hunter2 get', undefined],
    ['PASSWORD=a/b get', undefined],
    ['$(cat secret)', undefined],
    ['"$SECRET" x', undefined],
    ['https://user:secret@', undefined],
    ['', undefined],
  ])('%s names %s', (command, program) => expect(programOf(command)).toBe(program))
})

test('a credential_process that works is what the role is taken with', async () => {
  const { provider } = await roomWithBase(() => `credential_process = echo '${keys}'`)
  const target = await targetNamed('here', provider)
  expect(await provider.activate(attemptAt(target))).toMatchObject({ state: 'active' })
})

test('a credential_process is not given the passphrase of pim’s store', async () => {
  const room = await roomWithBase(
    (folder) => `credential_process = sh -c "env > ${folder}/env; cat ${folder}/keys"`,
    { PIM_STORE_PASSPHRASE: 'hunter2hunter2', CORP_TOKEN: 'mine' },
  )
  writeFileSync(join(room.sandbox.folder, 'keys'), keys)
  await room.provider.activate(attemptAt(await targetNamed('here', room.provider)))
  const env = readFileSync(join(room.sandbox.folder, 'env'), 'utf8')
  expect(env).toContain('CORP_TOKEN=mine')
  expect(env).not.toContain('hunter2')
})
