import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { hours, type Duration } from '../../../src/core/time/duration.ts'
import type { ElevationPlan } from '../../../src/core/elevation/plan.ts'
import type { Attempt, Provider } from '../../../src/core/provider.ts'
import type { Settings } from '../../../src/core/settings/settings.ts'
import type { Target } from '../../../src/core/target.ts'
import { createAwsProvider } from '../../../src/providers/aws/provider.ts'
import { startSandbox, type Sandbox } from '../../../sandbox/sandbox.ts'
import { startSts, type StsServer } from '../../../sandbox/aws/server/server.ts'
import { temporaryFolder } from '../../system/temporary-folder.ts'

const now = (): Date => new Date()
export const noSettings: Settings = { aliases: {}, targets: {} }

/** Lets the SDK, which reads the process's own environment, see these variables and no other AWS ones. */
export function surroundWith(env: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(process.env)) {
    if (/^AWS_|_proxy$/i.test(name)) vi.stubEnv(name, undefined)
  }
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  // Without chance the SDK waits no time at all between two tries.
  const chance = vi.spyOn(Math, 'random').mockReturnValue(0)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    chance.mockRestore()
  })
}

/** An STS for the running test, and nothing else that the SDK could find. */
export async function roomWithSts(): Promise<StsServer> {
  const sts = await startSts({ now })
  onTestFinished(() => sts.stop())
  surroundWith(endpointAlone(sts.endpoint))
  return sts
}

/** What leads the SDK to this endpoint and keeps every file of the person out of it. */
export function endpointAlone(endpoint: string): Record<string, string> {
  const nowhere = '/nonexistent'
  return {
    HOME: nowhere,
    AWS_CONFIG_FILE: join(nowhere, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'credentials'),
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

export interface Room {
  readonly sandbox: Sandbox
  readonly provider: Provider
  readonly env: Record<string, string>
}

/** The provider for AWS in a sandbox of the running test. `env` is added to the sandbox's own. */
export async function roomWithProvider(
  env: Record<string, string> = {},
  settings: Settings = noSettings,
): Promise<Room> {
  const folder = temporaryFolder()
  const sandbox = await startSandbox({ folder, now })
  onTestFinished(() => sandbox.stop())
  const surroundings = { HOME: folder, ...sandbox.environment, AWS_PROFILE: 'sandbox', ...env }
  surroundWith(surroundings)
  const provider = createAwsProvider({ env: surroundings, now, settings: async () => settings })
  return { sandbox, provider, env: surroundings }
}

export async function targetNamed(name: string, provider: Provider): Promise<Target> {
  const found = (await provider.discover(new AbortController().signal)).targets.find(
    ({ path }) => path === name,
  )
  if (found === undefined) throw new Error(`no target ${name}`)
  return found
}

/** An attempt at an hour, unless told, by alice. */
export function attemptAt(
  target: Target,
  differences: Partial<Attempt> & { readonly duration?: Duration } = {},
): Attempt {
  const { duration = hours(1), ...attempt } = differences
  const plan: ElevationPlan = {
    id: '0123456789ab',
    target,
    justification: 'restart the queue',
    ticket: { system: 'JIRA', number: 'OPS-1' },
    asked: duration,
    duration,
    mfaDevices: [],
    requestedAt: now(),
    notices: [],
  }
  return {
    plan,
    identity: {
      identity: {
        cloud: 'aws',
        tenant: '123456789012',
        account: 'arn:aws:iam::123456789012:user/alice',
        name: 'user/alice',
      },
      name: 'arn:aws:iam::123456789012:user/alice',
      person: 'alice',
      account: '123456789012',
    },
    actor: { user: 'local-alice', host: 'laptop' },
    mfaCodes: [],
    signal: new AbortController().signal,
    ...attempt,
  }
}

export interface StrangeServer {
  readonly endpoint: string
  readonly requests: () => number
}

/** A server that answers as it likes, for the running test. */
export async function strangeServer(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<StrangeServer> {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    request.resume()
    request.on('end', () => answer(response, request))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const { port } = server.address() as AddressInfo
  return { endpoint: `http://127.0.0.1:${port}`, requests: () => requests }
}
