import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sandboxMfaCode as mfaCode } from '../../sandbox/aws/sts/roles.ts'
import { openCloud, pimFile, run } from './pim.ts'

const words = ['-j', 'why', '--mfa-token']
const target = 'aws:sandbox-mfa'

test('a code comes from a line of stdin, and is among no arguments', async () => {
  await using cloud = await openCloud()
  const ended = await cloud.pim(['elevate', target, ...words, '-'], { input: `${mfaCode}\r\n` })
  expect(ended).toMatchObject({ code: 0, signal: null })
  expect(cloud.calls('AssumeRole')).toHaveLength(1)
})

test('what follows the line is the command’s', async () => {
  await using cloud = await openCloud()
  const rest = 'first\nsecond\n'
  const ended = await cloud.pim(['exec', target, ...words, '-', '--', 'cat'], {
    input: `${mfaCode}\n${rest}`,
  })
  expect(ended).toMatchObject({ code: 0, out: rest })
})

test('a code comes from a file descriptor, and stdin is left alone', async () => {
  await using cloud = await openCloud()
  const file = join(cloud.folder, 'code')
  writeFileSync(file, `${mfaCode}\n`)
  const script = `exec "$@" 3< ${file}`
  const self = [process.execPath, pimFile, 'exec', target, ...words, 'fd:3', '--', 'cat']
  const options = { env: cloud.env, input: 'all of it\n' }
  const ended = await run('sh', ['-c', script, 'sh', ...self], options)
  expect(ended).toMatchObject({ code: 0, out: 'all of it\n' })
})

test.each([
  ['an empty stdin', '-', '', 'stdin gives no MFA code: it is empty'],
  ['a line that is no code', '-', 'hunter2\n', 'the MFA token is not six digits'],
  ['a descriptor that is not open', 'fd:9', '', 'the file descriptor 9 gives no MFA code'],
  ['a word that is neither', 'fd:x', '', 'the MFA token is not six digits'],
])('%s is a usage error', async (_, token, input, why) => {
  await using cloud = await openCloud()
  const ended = await cloud.pim(['elevate', target, ...words, token], { input })
  expect(ended).toMatchObject({ code: 2, out: '' })
  expect(ended.err).toContain(why)
  expect(ended.err).not.toContain('hunter2')
  expect(cloud.calls('AssumeRole')).toEqual([])
})
