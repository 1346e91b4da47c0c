import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diagnose } from '../../../../src/providers/aws/config/diagnosis.ts'
import { sharedConfigReader } from '../../../../src/providers/aws/config/profiles.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'

function written(config: string, credentials = '') {
  const folder = temporaryFolder()
  const files = { config: join(folder, 'config'), credentials: join(folder, 'credentials') }
  writeFileSync(files.config, config)
  writeFileSync(files.credentials, credentials)
  return files
}

const messages = (config: string, credentials = '', env = {}) =>
  diagnose(written(config, credentials), env).map(({ message }) =>
    message.replaceAll(/\S*\/(config|credentials)\b/g, '$1'),
  )

const role = 'role_arn = arn:aws:iam::123456789012:role/Admin'

describe('nothing is odd about', () => {
  test.each([
    ['no file at all', '', ''],
    [
      'a usual one',
      `# a\n[default]\nregion = x\n[profile a]\n${role}\nsource_profile = b\n`,
      '[b]\n',
    ],
    ['a list', '[profile a]\ns3 =\n  x = y\n\n  z = 1\nregion = x\n', ''],
    [
      'other sections',
      '[sso-session s]\nsso_region = x\n[services t]\nsts =\n  endpoint_url = u\n',
      '',
    ],
  ])('%s', (_, config, credentials) => {
    expect(messages(config, credentials)).toEqual([])
  })
})

describe('what the AWS SDKs read in another way is named, and no value', () => {
  test.each([
    ['a name with a blank', '[profile "a b"]\nregion = x\n', '`a b` (line 1: not found)'],
    ['another letter', '[profile é]\nregion = x\n', '`é` (line 1: not found)'],
    ['a comment behind a value', '[profile a]\nrole_arn = x # y\n', '`a` (line 1: role_arn)'],
    [
      'both spellings',
      '[profile default]\nregion = x\n\n[default]\nregion = y\n',
      '`default` (line 4: region)',
    ],
  ])('%s', (_, config, what) => {
    expect(messages(config)).toEqual([`the AWS SDKs read config in another way: ${what}`])
  })

  test.each([
    ['a colon', '[profile a]\nregion: x\n', 'line 2: it has no `=`'],
    ['an indented key', '[profile a]\n  region = x\n', 'line 2: it is indented'],
  ])('%s', (_, config, what) => {
    expect(messages(config)).toEqual([
      expect.stringContaining(`the AWS SDKs refuse config, ${what}`),
    ])
  })

  test('the first five by name, of the others the number', () => {
    const sections = Array.from({ length: 9 }, (_, index) => `[profile é${index}]\n`)
    expect(messages(sections.join(''))).toEqual([expect.stringMatching(/`é4`.* and 4 more$/)])
  })
})

test('a byte order mark is named', () => {
  expect(messages('\ufeff[profile a]\nregion = x\n')).toEqual([
    'config begins with a byte order mark, and the AWS CLI refuses it',
  ])
})

test('a profile that is named like a role is no target', () => {
  const name = 'arn:aws:iam::123456789012:role/Other'
  expect(messages(`[profile ${name}]\n${role}\nsource_profile = b\n`)).toEqual([
    `the profile \`${name}\` is no target: its name is a role's ARN, which is that role`,
  ])
})

test('two variables that name different profiles are named', () => {
  const env = { AWS_PROFILE: 'a', AWS_DEFAULT_PROFILE: 'b' }
  expect(messages('', '', env)).toEqual([expect.stringContaining('AWS_DEFAULT_PROFILE is b')])
  expect(messages('', '', { ...env, AWS_DEFAULT_PROFILE: 'a' })).toEqual([])
})

test('the files are read once, however often they are asked about, until they change', () => {
  const files = written('[profile a]\n')
  const read = sharedConfigReader(files)
  const before = read()
  expect(read()).toBe(before)
  writeFileSync(files.config, '[profile a]\n[profile b]\n')
  expect(Object.keys(read().profiles)).toEqual(['a', 'b'])
})
