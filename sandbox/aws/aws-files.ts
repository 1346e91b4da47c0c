import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { after, hours } from '../../src/core/time/duration.ts'
import { alice, sandboxRoles } from './sts/roles.ts'
import type { Role } from './sts/roles.ts'
import { webIdentityToken } from './sts/web-identity.ts'

/** Where the private AWS files of a sandbox lie. */
interface AwsFiles {
  readonly config: string
  readonly credentials: string
  readonly webIdentityToken: string
}

const region = 'us-east-1'

function awsFiles(folder: string): AwsFiles {
  const aws = join(folder, 'aws')
  return {
    config: join(aws, 'config'),
    credentials: join(aws, 'credentials'),
    webIdentityToken: join(aws, 'web-identity-token'),
  }
}

/** Writes an AWS config with a profile for every seeded role, which only its owner can read. */
export async function writeAwsFiles(folder: string, endpoint: string, now: Date): Promise<void> {
  const files = awsFiles(folder)
  await mkdir(join(folder, 'aws'), { recursive: true, mode: 0o700 })
  const token = webIdentityToken({
    subject: 'repo:example/wrapper:ref:refs/heads/main',
    expiresAt: after(now, hours(24)),
  })
  await writePrivate(files.config, renderConfig(files, endpoint))
  await writePrivate(files.credentials, renderSection('sandbox', longTermSettings()))
  await writePrivate(files.webIdentityToken, token)
}

async function writePrivate(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
  // The mode above counts for new files only.
  await chmod(path, 0o600)
}

function longTermSettings(): Settings {
  return {
    aws_access_key_id: alice.accessKeyId,
    aws_secret_access_key: alice.secretAccessKey,
  }
}

type Settings = Readonly<Record<string, string>>

function renderConfig(files: AwsFiles, endpoint: string): string {
  const { admin, mfa, noTags, short, denied, chained, web } = sandboxRoles
  const profiles: Record<string, Settings> = {
    sandbox: {},
    'sandbox-admin': assumed(admin),
    'sandbox-mfa': { ...assumed(mfa), mfa_serial: alice.mfaSerial },
    'sandbox-no-tags': assumed(noTags),
    'sandbox-short': assumed(short),
    'sandbox-denied': assumed(denied),
    'sandbox-chained': assumed(chained, 'sandbox-admin'),
    'sandbox-web': { role_arn: web.arn, web_identity_token_file: files.webIdentityToken },
  }
  const sections = Object.entries(profiles).map(([name, settings]) =>
    renderSection(`profile ${name}`, { region, services: 'sandbox', ...settings }),
  )
  const endpoints = ['sts', 'iam'].map((name) => `${name} =\n  endpoint_url = ${endpoint}\n`)
  return [...sections, `[services sandbox]\n${endpoints.join('')}`].join('\n')
}

function assumed(role: Role, source = 'sandbox'): Settings {
  return { role_arn: role.arn, source_profile: source }
}

function renderSection(name: string, settings: Settings): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`)
  return `[${name}]\n${lines.join('')}`
}

interface Surroundings {
  readonly folder: string
  readonly endpoint: string
  readonly storePassphrase: string
}

/** What a command needs in its environment to meet the sandbox and nothing else. */
export function sandboxEnvironment(surroundings: Surroundings): Record<string, string> {
  const { folder, endpoint, storePassphrase } = surroundings
  const files = awsFiles(folder)
  return {
    PIM_HOME: join(folder, 'pim'),
    PIM_CREDENTIAL_STORE: 'file',
    PIM_STORE_PASSPHRASE: storePassphrase,
    AWS_CONFIG_FILE: files.config,
    AWS_SHARED_CREDENTIALS_FILE: files.credentials,
    AWS_PROFILE: 'sandbox',
    AWS_ENDPOINT_URL_STS: endpoint,
    // Every other service too: its calls are refused there, and never leave the machine.
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

/** Variables to take away from the command: they would lead it to another account, endpoint or proxy. */
export const namesToRemove: readonly string[] = [
  'AWS_DEFAULT_PROFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_SECURITY_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
  'AWS_ACCOUNT_ID',
  'AWS_ROLE_ARN',
  'AWS_ROLE_SESSION_NAME',
  'AWS_WEB_IDENTITY_TOKEN_FILE',
  'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
  'AWS_CONTAINER_CREDENTIALS_FULL_URI',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
  'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  'AWS_STS_REGIONAL_ENDPOINTS',
  'AWS_USE_FIPS_ENDPOINT',
  'AWS_USE_DUALSTACK_ENDPOINT',
  'HTTP_PROXY',
  'http_proxy',
]
