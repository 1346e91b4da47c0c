import { expect, test } from 'vitest'
import { helperEnvironment, takeEnvironment } from '../../../src/system/process/environment.ts'

function processWith(env: Record<string, string>, platform: NodeJS.Platform = 'linux') {
  return { env, platform } as unknown as NodeJS.Process
}

test('pim reads its secrets, and the process no longer holds them', () => {
  const process = processWith({ PIM_STORE_PASSPHRASE: 'secret', PATH: '/bin' })
  expect(takeEnvironment(process)).toEqual({ PIM_STORE_PASSPHRASE: 'secret', PATH: '/bin' })
  expect(process.env).toEqual({ PATH: '/bin' })
})

test('on Windows, names are found whatever their case', () => {
  const process = processWith({ Path: 'C:\\bin', SystemRoot: 'C:\\Windows' }, 'win32')
  expect(takeEnvironment(process)).toEqual({ PATH: 'C:\\bin', SYSTEMROOT: 'C:\\Windows' })
})

test('a helper is told where to read the passphrase, and not what it is', () => {
  const { env, passphrase } = helperEnvironment({ PIM_STORE_PASSPHRASE: 'secret', PATH: '/bin' })
  expect(env).toEqual({ PATH: '/bin', PIM_STORE_PASSPHRASE_FD: '3' })
  expect(passphrase).toBe('secret')
})

test.each([{ PATH: '/bin' }, { PATH: '/bin', PIM_STORE_PASSPHRASE: '' }])(
  'without one there is nothing to read: %j',
  (env) => {
    expect(helperEnvironment(env)).toEqual({ env: { PATH: '/bin' }, passphrase: undefined })
  },
)

test('a descriptor that is not there gives no passphrase, and is forgotten', () => {
  const process = processWith({ PIM_STORE_PASSPHRASE_FD: '4711' })
  expect(takeEnvironment(process)).toEqual({ PIM_STORE_PASSPHRASE: undefined })
  expect(process.env).toEqual({})
})
