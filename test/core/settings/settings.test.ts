import { describe, expect, test } from 'vitest'
import { parseStoreChoice } from '../../../src/core/settings/settings.ts'

describe('PIM_CREDENTIAL_STORE', () => {
  test.each(['auto', 'keychain', 'file', 'memory'])('%s is a choice', (text) => {
    expect(parseStoreChoice(text)).toBe(text)
  })

  test.each([undefined, ''])('%j is no choice', (text) => {
    expect(parseStoreChoice(text)).toBeUndefined()
  })

  test.each(['keyring', 'File', ' file', 'disk', 'constructor'])('%j is refused', (text) => {
    expect(() => parseStoreChoice(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-credential-store',
        exitCode: 2,
        hint: 'set it to one of auto, keychain, file, memory',
      }),
    )
  })
})
