import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the tenant's servers listen. */
export interface TenantEndpoints {
  readonly arm: string
  readonly graph: string
  readonly authority: string
}

/** Where the private files of a tenant lie. */
export interface TenantFiles {
  readonly ca: string
  readonly browser: string
  readonly azureConfig: string
  readonly azdConfig: string
}

function tenantFiles(folder: string, platform: NodeJS.Platform): TenantFiles {
  const microsoft = join(folder, 'microsoft')
  return {
    ca: join(microsoft, 'ca.pem'),
    browser: join(microsoft, platform === 'win32' ? 'browser.cmd' : 'browser'),
    azureConfig: join(microsoft, 'azure'),
    azdConfig: join(microsoft, 'azd'),
  }
}

/** Writes what a command needs to trust the tenant and to sign in there without a person. */
export async function writeTenantFiles(
  folder: string,
  certificate: string,
  platform: NodeJS.Platform,
): Promise<TenantFiles> {
  const files = tenantFiles(folder, platform)
  for (const path of [join(folder, 'microsoft'), files.azureConfig, files.azdConfig]) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  }
  await writeWithMode(files.ca, certificate, 0o600)
  await writeWithMode(files.browser, browserProgram(platform), 0o700)
  return files
}

async function writeWithMode(path: string, content: string, mode: number): Promise<void> {
  await writeFile(path, content, { mode })
  // The mode above counts for new files only.
  await chmod(path, mode)
}

/**
 * Names who sits at the stand-in browser, as in `PIM_SANDBOX_PERSON=bob pim login azure`: the sign-in
 * page takes it for that person, whoever was signed in before. Without it, for alice. Two people at
 * once need a `PIM_HOME` each, as two people would.
 */
const personVariable = 'PIM_SANDBOX_PERSON'

/** What the browser adds to the address of the sign-in page to say who sits there. */
export const personParameter = 'sandbox_person'

/** A browser that looks at the page it is sent to, and at whatever that sends it on to. */
function browserProgram(platform: NodeJS.Platform): string {
  const visit = [
    'const url = new URL(process.argv.at(-1))',
    `const person = process.env.${personVariable}`,
    `if (person) url.searchParams.set('${personParameter}', person)`,
    'fetch(url).then((page) => page.text()).catch(() => process.exit(1))',
  ].join('; ')
  if (platform === 'win32') return `@"${process.execPath}" -e "${visit}" -- %*\r\n`
  return `#!${process.execPath}\n${visit}\n`
}

/** What a command needs in its environment to meet this tenant and no other. */
export function tenantEnvironment(
  tenantId: string,
  { arm, graph, authority }: TenantEndpoints,
  files: TenantFiles,
): Record<string, string> {
  return {
    AZURE_AUTHORITY_HOST: authority,
    AZURE_TENANT_ID: tenantId,
    PIM_AZURE_RESOURCE_MANAGER_ENDPOINT: arm,
    PIM_GRAPH_ENDPOINT: graph,
    NODE_EXTRA_CA_CERTS: files.ca,
    BROWSER: files.browser,
    AZURE_CONFIG_DIR: files.azureConfig,
    AZD_CONFIG_DIR: files.azdConfig,
  }
}

/** Variables to take away from the command: they would sign it in as somebody else, or somewhere else. */
export const tenantNamesToRemove: readonly string[] = [
  ...[
    'ADDITIONALLY_ALLOWED_TENANTS',
    'CLIENT_CERTIFICATE_PASSWORD',
    'CLIENT_CERTIFICATE_PATH',
    'CLIENT_ID',
    'CLIENT_SECRET',
    'CLIENT_SEND_CERTIFICATE_CHAIN',
    'CLOUD',
    'FEDERATED_TOKEN_FILE',
    'IDENTITY_DISABLE_MULTITENANTAUTH',
    'PASSWORD',
    'POD_IDENTITY_AUTHORITY_HOST',
    'REGIONAL_AUTHORITY_NAME',
    'SUBSCRIPTION_ID',
    'TOKEN_CREDENTIALS',
    'USERNAME',
  ].map((name) => `AZURE_${name}`),
  ...[
    'ACCESS_KEY',
    'CLIENT_CERTIFICATE',
    'CLIENT_CERTIFICATE_PASSWORD',
    'CLIENT_CERTIFICATE_PATH',
    'CLIENT_ID',
    'CLIENT_SECRET',
    'ENVIRONMENT',
    'METADATA_HOST',
    'METADATA_HOSTNAME',
    'MSI_ENDPOINT',
    'OIDC_REQUEST_TOKEN',
    'OIDC_REQUEST_URL',
    'OIDC_TOKEN',
    'OIDC_TOKEN_FILE_PATH',
    'SUBSCRIPTION_ID',
    'TENANT_ID',
    'USE_CLI',
    'USE_MSI',
    'USE_OIDC',
  ].map((name) => `ARM_${name}`),
  'IDENTITY_ENDPOINT',
  'IDENTITY_HEADER',
  'IDENTITY_SERVER_THUMBPRINT',
  'IMDS_ENDPOINT',
  'MSI_ENDPOINT',
  'MSI_SECRET',
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
]
