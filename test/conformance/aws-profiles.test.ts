import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSdkProfiles, type SdkProfiles } from '../../src/providers/aws/config/sdk-profiles.ts'
import { describeWithSpecs } from './specs.ts'

interface Case {
  readonly name: string
  readonly input: { readonly configFile?: string; readonly credentialsFile?: string }
  readonly output: {
    readonly errorContaining?: string
    readonly config?: {
      readonly profiles: Readonly<Record<string, Readonly<Record<string, string>>>>
    }
  }
}

describeWithSpecs('the profiles that the AWS SDKs read', (specs) => {
  const path = join(specs, 'identity-center', 'profile', 'profile-parser-tests.json')
  const { tests } = existsSync(path)
    ? (JSON.parse(readFileSync(path, 'utf8')) as { readonly tests: readonly Case[] })
    : { tests: [] }

  /** The two files together, for which the credentials file has the last word. */
  function together(config: SdkProfiles, credentials: SdkProfiles) {
    const names = [...config.keys(), ...credentials.keys()]
    return Object.fromEntries(
      names.map((name) => [
        name,
        Object.fromEntries([...(config.get(name) ?? []), ...(credentials.get(name) ?? [])]),
      ]),
    )
  }

  test.skipIf(tests.length === 0).each(tests.map((each) => [each.name, each] as const))(
    '%s',
    (_, { input, output }) => {
      const read = () =>
        together(
          readSdkProfiles(input.configFile ?? '', 'config'),
          readSdkProfiles(input.credentialsFile ?? '', 'credentials'),
        )
      if (output.errorContaining !== undefined) expect(read).toThrow()
      else expect(read()).toEqual(output.config?.profiles)
    },
  )
})
