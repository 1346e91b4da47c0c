import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { encodedClaims } from './claims-challenge.ts'
import { readCliAnswer, type Cli } from './cli-output.ts'
import { runCli } from './cli-process.ts'
import { everything } from '../http/endpoints.ts'
import type { TokenSource, TokenWish } from './token-source.ts'
import { readAccessToken, type CredentialDeps } from './workload-identity.ts'

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
async function azureProfile(deps: CliDeps): Promise<StateFile | undefined> {
  const file = await fileIn(deps.env.AZURE_CONFIG_DIR, '.azure', 'azureProfile.json', deps)
  return v.safeParse(Profile, file?.text).success ? file : undefined
}

async function developerSignIn(deps: CliDeps): Promise<StateFile | undefined> {
  return fileIn(deps.env.AZD_CONFIG_DIR, '.azd', 'auth.json', deps)
}

/** Where a tool keeps whom it is signed in as. Two folders may say the same, and hold other tokens. */
interface StateFile {
  readonly folder: string
  readonly text: string
}

async function fileIn(
  configured: string | undefined,
  usual: string,
  name: string,
  { env, platform }: CliDeps,
): Promise<StateFile | undefined> {
  const home = platform === 'win32' ? env.USERPROFILE : env.HOME
  const folder = configured || (home === undefined ? undefined : join(home, usual))
  if (folder === undefined) return undefined
  try {
    return { folder, text: await readFile(join(folder, name), 'utf8') }
  } catch {
    // Nobody is signed in to a tool whose file cannot be read.
    return undefined
  }
}

/** Long enough for a slow start under a scanner, short enough for a person to wait. */
const limitMs = 20_000

function azureCliSource(profile: StateFile, deps: CliDeps): TokenSource {
  const cli: Cli = { name: 'the Azure CLI', file: 'az', signIn: 'az login' }
  return cliSource(cli, 'azure-cli', profile, deps, ({ resource }) => [
    'account',
    'get-access-token',
    '--output',
    'json',
    '--resource',
    deps.endpoints[resource],
    ...(deps.tenant === undefined ? [] : ['--tenant', deps.tenant]),
  ])
}

function developerCliSource(signedIn: StateFile, deps: CliDeps): TokenSource {
  const cli: Cli = { name: 'the Azure Developer CLI', file: 'azd', signIn: 'azd auth login' }
  return cliSource(cli, 'developer-cli', signedIn, deps, ({ resource, challenge }) => [
    'auth',
    'token',
    '--output',
    'json',
    '--no-prompt',
    ...everything(resource, deps.endpoints).flatMap((scope) => ['--scope', scope]),
    ...(deps.tenant === undefined ? [] : ['--tenant-id', deps.tenant]),
    ...(challenge === undefined ? [] : ['--claims', encodedClaims(challenge)]),
  ])
}

function cliSource(
  cli: Cli,
  kind: 'azure-cli' | 'developer-cli',
  { folder, text }: StateFile,
  deps: CliDeps,
  words: (wish: TokenWish) => readonly string[],
): TokenSource {
  const who = createHash('sha256')
    .update(JSON.stringify([folder, text]))
    .digest('hex')
    .slice(0, 24)
  return {
    name: cli.name,
    kind,
    key: [kind, who, deps.tenant ?? ''].join('|'),
    signIn: cli.signIn,
    // A tool that does not work is passed over: somebody may have meant another.
    fetch: async (wish, signal) => {
      const ending = await runCli(cli.file, words(wish), { ...deps, limitMs }, signal)
      const answer = readCliAnswer(cli, ending, limitMs)
      return answer instanceof PimError
        ? { state: 'passed-over', why: answer }
        : { state: 'token', token: readAccessToken(answer, deps.now()) }
    },
  }
}
