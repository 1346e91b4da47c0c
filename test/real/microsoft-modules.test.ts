import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { tenantApp } from '../../sandbox/microsoft/seed/seed.ts'
import type { Environment } from './pim.ts'
import { openSignedIn, type TenantCloud } from './tenant.ts'

/** Words that stand in one part each, and so tell in which chunk it ended up. */
const marks = {
  'msal-node': '@azure/msal-node',
  '@azure/identity': 'CredentialUnavailableError',
  "the SDKs' pipeline": '@azure/core-rest-pipeline',
  'the provider of azure': 'function createAzureProvider',
  'the provider of entra': 'function createRoleProvider',
  'the provider of group': 'function createGroupProvider',
  'the sign-in': 'management.azure.com',
  'what is asked of ARM': 'asTarget()',
  'what is asked of Graph': 'filterByCurrentUser',
} as const

type Part = keyof typeof marks

const all = Object.keys(marks) as readonly Part[]
const providers = all.filter((part) => part.startsWith('the provider of'))

let cloud: TenantCloud

beforeAll(async () => {
  cloud = await openSignedIn()
  for (const target of ['aws:sandbox-admin', 'azure:payments-prod/Contributor']) {
    await cloud.run(['elevate', target, '-j', 'warm up', '--wait', 'active'])
  }
  await cloud.run(['list'])
})
afterAll(() => cloud[Symbol.asyncDispose]())

/** The parts in the files that Node says at its end that it ran. */
async function load(words: string, env: Environment = {}) {
  const folder = mkdtempSync(join(cloud.folder, 'coverage-'))
  const { code } = await cloud.run(words.split(' '), { ...env, NODE_V8_COVERAGE: folder })
  const urls = readdirSync(folder).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return (result as { url: string }[]).map(({ url }) => url)
  })
  rmSync(folder, { recursive: true })
  const files = [...new Set(urls)].filter((url) => url.startsWith('file:'))
  const texts = files.map((url) => readFileSync(fileURLToPath(url), 'utf8'))
  const parts = all.filter((part) => texts.some((text) => text.includes(marks[part])))
  return { code, parts }
}

describe('each part is loaded by what needs it, so that its absence elsewhere means something', () => {
  test('msal-node', async () => {
    const { code, parts } = await load('login azure --quiet')
    expect([code, parts.includes('msal-node')]).toEqual([0, true])
  })

  test('@azure/identity', async () => {
    const { code, parts } = await load('list --provider azure', {
      PIM_HOME: join(cloud.folder, 'where nobody signed in'),
      AZURE_CLIENT_ID: tenantApp.clientId,
      AZURE_CLIENT_SECRET: tenantApp.clientSecret,
    })
    expect([code, parts.includes('@azure/identity')]).toEqual([0, true])
  })

  test('what a list anew needs, and with a token that is kept no library to sign in with', async () => {
    await cloud.run(['list', '--refresh'])
    const { code, parts } = await load('list --refresh')
    const needed = all.filter((part) => part !== 'msal-node' && part !== '@azure/identity')
    expect({ code, parts }).toEqual({ code: 0, parts: needed })
  })
})

test.each([
  'elevate aws:sandbox-admin -j again --force',
  'elevate aws:sandbox-admin -j again',
  'credentials aws:sandbox-admin',
  'env aws:sandbox-admin',
  'exec aws:sandbox-admin -- true',
  'release aws:sandbox-short',
  'audit --json',
])('nothing of Microsoft is loaded by `pim %s`', async (words) => {
  expect(await load(words)).toEqual({ code: 0, parts: [] })
})

test.each(['status', 'status --json', 'status --check aws:sandbox-admin'])(
  'nothing of Microsoft is loaded by `pim %s` while nothing of its is active',
  async (words) => {
    const home = { PIM_HOME: join(cloud.folder, 'with AWS alone') }
    await cloud.run(['elevate', 'aws:sandbox-admin', '-j', 'why'], home)
    expect(await load(words, home)).toEqual({ code: 0, parts: [] })
  },
)

test('a list of what is known loads the providers, and nothing that asks or signs in', async () => {
  await cloud.run(['list'])
  const since = cloud.tenant.calls.length
  const { code, parts } = await load('list')
  expect({ code, parts }).toEqual({ code: 0, parts: [...providers, 'the sign-in'] })
  expect(cloud.tenant.calls.slice(since)).toEqual([])
})
