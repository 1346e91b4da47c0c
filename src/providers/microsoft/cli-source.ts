import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TokenCredential } from '@azure/core-auth'
import * as v from 'valibot'
import { interrupted, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { everything } from './endpoints.ts'
import type { Fetched, TokenSource, TokenWish } from './source.ts'
import { readAccessToken, type CredentialDeps } from './workload-source.ts'

export interface CliDeps extends CredentialDeps {
  readonly platform: NodeJS.Platform
  readonly tenant: string | undefined
}

/** The command line tools of Microsoft that somebody is signed in to. Reads a file of each, runs none. */
export async function cliSources(deps: CliDeps): Promise<readonly TokenSource[]> {
  const [azure, developer] = await Promise.all([azureProfile(deps), developerSignIn(deps)])
  return [
    ...(azure === undefined ? [] : [azureCliSource(azure, deps)]),
    ...(developer === undefined ? [] : [developerCliSource(developer, deps)]),
  ]
}

const Profile = v.pipe(
  v.string(),
  v.transform((text) => text.replace(/^\uFEFF/, '')),
  v.parseJson(),
  v.object({ subscriptions: v.pipe(v.array(v.unknown()), v.minLength(1)) }),
)

/** The Azure CLI lists there what it is signed in to; without an entry it would only say so, slowly. */
async function azureProfile(deps: CliDeps): Promise<string | undefined> {
  const text = await fileIn(deps.env.AZURE_CONFIG_DIR, '.azure', 'azureProfile.json', deps)
  return v.safeParse(Profile, text).success ? text : undefined
}

async function developerSignIn(deps: CliDeps): Promise<string | undefined> {
  return fileIn(deps.env.AZD_CONFIG_DIR, '.azd', 'auth.json', deps)
}

async function fileIn(
  configured: string | undefined,
  usual: string,
  name: string,
  { env, platform }: CliDeps,
): Promise<string | undefined> {
  const home = platform === 'win32' ? env.USERPROFILE : env.HOME
  const folder = configured || (home === undefined ? undefined : join(home, usual))
  if (folder === undefined) return undefined
  try {
    return await readFile(join(folder, name), 'utf8')
  } catch {
    // Nobody is signed in to a tool whose file cannot be read.
    return undefined
  }
}

const limitMs = 20_000

function azureCliSource(profile: string, deps: CliDeps): TokenSource {
  const kind = 'azure-cli'
  return cliSource(
    { name: 'the Azure CLI', kind, signIn: '`az login`' },
    profile,
    deps,
    async () => {
      const { AzureCliCredential } = await import('@azure/identity')
      return new AzureCliCredential({ ...tenantOf(deps), processTimeoutInMs: limitMs })
    },
  )
}

function developerCliSource(signIn: string, deps: CliDeps): TokenSource {
  const about = {
    name: 'the Azure Developer CLI',
    kind: 'developer-cli' as const,
    signIn: '`azd auth login`',
  }
  return cliSource(about, signIn, deps, async () => {
    const { AzureDeveloperCliCredential } = await import('@azure/identity')
    return new AzureDeveloperCliCredential({ ...tenantOf(deps), processTimeoutInMs: limitMs })
  })
}

function tenantOf({ tenant }: CliDeps): { tenantId?: string } {
  return tenant === undefined ? {} : { tenantId: tenant }
}

interface Tool {
  readonly name: string
  readonly kind: 'azure-cli' | 'developer-cli'
  /** What to type to be signed in. */
  readonly signIn: string
}

function cliSource(
  tool: Tool,
  state: string,
  deps: CliDeps,
  create: () => Promise<TokenCredential>,
): TokenSource {
  const who = createHash('sha256').update(state).digest('hex').slice(0, 24)
  return {
    name: tool.name,
    kind: tool.kind,
    key: [tool.kind, who, deps.tenant ?? ''].join('|'),
    fetch: (wish, signal) => fetchFrom(tool, wish, deps, create, signal),
  }
}

/** A tool that does not work is passed over: somebody may have meant another. */
async function fetchFrom(
  { name, signIn }: Tool,
  { resource }: TokenWish,
  { endpoints, now }: CliDeps,
  create: () => Promise<TokenCredential>,
  signal: AbortSignal,
): Promise<Fetched> {
  try {
    const credential = await create()
    const token = await credential.getToken([...everything(resource, endpoints)], {
      abortSignal: signal,
    })
    return { state: 'token', token: readAccessToken(token, now()) }
  } catch (thrown) {
    if (signal.aborted) throw interrupted(thrown)
    const why = new PimError(
      'sign-in',
      'cli-sign-in-failed',
      `${name} gives no token: ${wordsOf(thrown)}`,
      {
        hint: `sign in with ${signIn}`,
        cause: thrown,
      },
    )
    return { state: 'passed-over', why }
  }
}

function wordsOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  const line = message.split(/\r?\n/).find((text) => text.trim() !== '') ?? ''
  return printable(line.replace(/^ERROR:\s*/, '')).slice(0, 300)
}
