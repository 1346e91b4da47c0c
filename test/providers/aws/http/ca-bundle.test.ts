import { utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { expect, test } from 'vitest'
import { readCaBundle } from '../../../../src/providers/aws/http/ca-bundle.ts'
import { temporaryFolder } from '../../../system/temporary-folder.ts'

const pem = (text: string): string => text.trim()

test('a bundle is read once, and again when it has changed', async () => {
  const [first, second] = await Promise.all([generate(), generate()])
  const path = join(temporaryFolder(), 'ca.pem')
  const bundle = { path, by: 'AWS_CA_BUNDLE' }
  writeFileSync(path, first.cert)
  const read = readCaBundle(bundle)
  expect(read).toEqual([pem(first.cert)])
  expect(readCaBundle({ ...bundle, by: 'the ca_bundle of the profile `p`' })).toBe(read)
  writeFileSync(path, `${second.cert}\n${first.cert}`)
  utimesSync(path, 1, 1)
  expect(readCaBundle(bundle)).toEqual([pem(second.cert), pem(first.cert)])
})
