import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callSettings } from '../../src/providers/aws/http/call-settings.ts'
import { readSharedConfig } from '../../src/providers/aws/config/profiles.ts'
import { hasBotocore } from './botocore.ts'
import { requirePart } from './parts.ts'
import { searchPath } from './pim.ts'

const script = `
import os, sys
import botocore.session
session = botocore.session.Session(profile='p')
try:
    client = session.create_client(sys.argv[1], region_name='eu-west-1')
    print(client.meta.endpoint_url)
except Exception as error:
    print('refused', type(error).__name__)
`

const services = `[services corp]
sts =
  endpoint_url = https://section.example
`

describe.skipIf(!requirePart('botocore', hasBotocore))('the endpoint is that of botocore', () => {
  test.each<[string, Record<string, string>, 'sts' | 'iam']>([
    ['', {}, 'sts'],
    ['endpoint_url = https://profile.example', {}, 'sts'],
    ['endpoint_url = https://profile.example\nservices = corp', {}, 'sts'],
    ['endpoint_url = https://profile.example\nservices = corp', {}, 'iam'],
    ['services = corp', {}, 'iam'],
    ['services = corp', { AWS_ENDPOINT_URL: 'https://env.example' }, 'sts'],
    [
      'services = corp',
      { AWS_ENDPOINT_URL: 'https://env.example', AWS_ENDPOINT_URL_STS: 'https://sts.example' },
      'sts',
    ],
    ['', { AWS_ENDPOINT_URL: '', AWS_ENDPOINT_URL_STS: 'https://sts.example' }, 'iam'],
    ['endpoint_url = https://profile.example', { AWS_ENDPOINT_URL_STS: '' }, 'sts'],
    ['services = gone', {}, 'sts'],
    ['services = gone\nendpoint_url = https://profile.example', {}, 'sts'],
    ['services = gone', { AWS_ENDPOINT_URL: 'https://env.example' }, 'sts'],
    [
      'services = gone\nignore_configured_endpoint_urls = true',
      { AWS_ENDPOINT_URL: 'https://env.example' },
      'sts',
    ],
    ['endpoint_url = https://x.example\nignore_configured_endpoint_urls = True', {}, 'sts'],
    ['endpoint_url = https://x.example\nignore_configured_endpoint_urls = yes', {}, 'sts'],
    [
      'endpoint_url = https://x.example\nignore_configured_endpoint_urls = true',
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' },
      'sts',
    ],
    [
      'endpoint_url = https://x.example',
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'TRUE', AWS_ENDPOINT_URL: 'localhost:4566' },
      'sts',
    ],
    [
      'endpoint_url = https://x.example\nignore_configured_endpoint_urls = true',
      { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: '' },
      'sts',
    ],
    ['', { AWS_ENDPOINT_URL_IAM: 'localhost:4566' }, 'sts'],
    ['', { AWS_ENDPOINT_URL: 'localhost:4566' }, 'sts'],
  ])('%j with %j for %s', (lines, variables, service) => {
    const folder = mkdtempSync(join(tmpdir(), 'pim-endpoint-'))
    try {
      const config = join(folder, 'config')
      writeFileSync(config, `[profile p]\n${lines}\n${services}`)
      const env = { ...variables, HOME: folder, AWS_CONFIG_FILE: config }
      const { stdout } = spawnSync('python3', ['-c', script, service], {
        env: { ...env, PATH: searchPath },
        encoding: 'utf8',
      })
      expect(stdout).not.toBe('')
      const theirs = stdout
        .trim()
        .replace(/^refused.*|^https:\/\/(?:sts|iam)\S*amazonaws\.com$/, (text) =>
          text.startsWith('refused') ? 'refused' : 'usual',
        )
      const read = readSharedConfig({ config, credentials: join(folder, 'credentials') })
      expect(ours(() => callSettings('p', read, env).endpointOf(service))).toBe(theirs)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

function ours(endpoint: () => string | undefined): string {
  try {
    return endpoint() ?? 'usual'
  } catch {
    return 'refused'
  }
}
