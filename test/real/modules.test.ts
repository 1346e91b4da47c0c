import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openCloud, type Cloud } from './pim.ts'

/** Words that stand in exactly one library each, and so tell in which chunk it ended up. */
const marks = {
  'the STS client': 'AWSSecurityTokenServiceV20110615',
  'request signing': 'AWS4-HMAC-SHA256',
  'the IAM client': 'AWSIdentityManagementV20100508',
  'child processes': 'Command was killed with',
  prompts: 'User force closed the prompt',
  'the embedded cloud': 'sandbox-only-not-a-secret',
} as const

type Part = keyof typeof marks

let cloud: Cloud

beforeAll(async () => {
  cloud = await openCloud()
  await cloud.pim(['elevate', 'aws:sandbox-admin', '-j', 'warm up'])
  await cloud.pim(['credentials', 'aws:sandbox-admin'])
})
afterAll(() => cloud[Symbol.asyncDispose]())

interface Loaded {
  readonly code: number | null
  readonly files: readonly string[]
  readonly parts: readonly Part[]
  readonly kilobytes: number
}

/** What Node says at its end that it ran, which is every file it loaded. */
async function load(words: readonly string[]): Promise<Loaded> {
  const folder = mkdtempSync(join(cloud.folder, 'coverage-'))
  mkdirSync(folder, { recursive: true })
  const { code } = await cloud.pim(words, { env: { NODE_V8_COVERAGE: folder } })
  const urls = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return (result as { url: string }[]).map(({ url }) => url)
  })
  rmSync(folder, { recursive: true })
  const files = [...new Set(urls)]
    .filter((url) => url.startsWith('file:'))
    .map((url) => fileURLToPath(url))
    // What a sandbox lays out for its command goes with it.
    .filter((file) => existsSync(file))
  const texts = files.map((file) => readFileSync(file, 'utf8'))
  const parts = Object.keys(marks) as Part[]
  return {
    code,
    files,
    parts: parts.filter((part) => texts.some((text) => text.includes(marks[part]))),
    kilobytes: Math.round(texts.reduce((sum, text) => sum + text.length, 0) / 1000),
  }
}

test('an elevation loads the STS client, so that its absence elsewhere means something', async () => {
  const { code, parts } = await load(['elevate', 'aws:sandbox-admin', '-j', 'again', '--force'])
  expect(code).toBe(0)
  expect(parts).toEqual(expect.arrayContaining(['the STS client', 'request signing']))
  expect(parts).not.toContain('the IAM client')
})

test('the IAM client: loaded by `pim release --revoke`, and not without', async () => {
  await cloud.pim(['elevate', 'aws:sandbox-no-tags', '-j', 'to be revoked'])
  const { code, parts } = await load(['release', 'aws:sandbox-no-tags', '--revoke'])
  expect(code).toBe(0)
  expect(parts).toContain('the IAM client')
  await cloud.pim(['elevate', 'aws:sandbox-no-tags', '-j', 'to be released'])
  expect(await load(['release', 'aws:sandbox-no-tags'])).toMatchObject({ code: 0, parts: [] })
})

test.each<[part: Part, words: string]>([
  ['child processes', 'exec aws:sandbox-admin -- true'],
  ['the embedded cloud', 'sandbox -- true'],
])('%s: loaded by `pim %s`, and nothing else', async (part, words) => {
  const { code, parts } = await load(words.split(' '))
  expect({ code, parts: parts.filter((name) => name !== 'request signing') }).toEqual({
    code: 0,
    parts: words.startsWith('sandbox') ? ['child processes', part] : [part],
  })
})

describe('loads none of the large libraries', () => {
  test.each([
    ['--help'],
    ['--version'],
    ['elevate --help'],
    ['credentials aws:sandbox-admin'],
    ['status --json'],
    ['status --check aws:sandbox-admin'],
    ['audit --json'],
    ['audit verify'],
    ['status'],
    ['list'],
    ['completion bash'],
    ['config list'],
    ['elevate aws:sandbox-admin'],
    ['env aws:sandbox-admin'],
    ['release aws:sandbox-short'],
  ])('pim %s', async (words) => {
    const { code, parts, files, kilobytes } = await load(words.split(' '))
    console.log(`pim ${words}: ${files.length} files, ${kilobytes} kB`)
    expect({ code, parts }).toEqual({ code: 0, parts: [] })
  })
})

test('`pim --help` loads its own files only', async () => {
  const { files } = await load(['--help'])
  expect(files.filter((file) => file.includes('node_modules'))).toEqual([])
})
