import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'

import { namesToRemove, sandboxEnvironment, writeAwsFiles } from './aws-files.ts'
import { sandboxMfaCode } from './sts-roles.ts'
import { startSts } from './sts-server.ts'
import type { StsServer } from './sts-server.ts'

export interface SandboxOptions {
  /** A folder of the sandbox's own; made where it is missing, left in place afterwards. */
  readonly folder: string
  readonly now: () => Date
  readonly port?: number
  /** A file that gets one line of JSON per call to the cloud. */
  readonly journal?: string
}

/** A cloud in a folder and on a loopback port. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string
  readonly endpoint: string
  readonly sts: StsServer
  /** The one-time code that its MFA device shows at all times. */
  readonly mfaCode: string
  /** To be set for a command that is to meet the sandbox. */
  readonly environment: Readonly<Record<string, string>>
  /** To be taken from what that command would inherit. */
  readonly namesToRemove: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts the STS and writes the files that lead a command to it instead of to the cloud. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, now, port, journal } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const sts = await startSts({
    now,
    ...(port !== undefined && { port }),
    ...(journal !== undefined && { journal }),
  })
  const { endpoint } = sts
  const stop = () => sts.stop()
  try {
    await writeAwsFiles(folder, endpoint, now())
  } catch (error) {
    await stop()
    throw error
  }
  const storePassphrase = randomBytes(24).toString('base64url')
  const environment = sandboxEnvironment({ folder, endpoint, storePassphrase })
  return {
    folder,
    endpoint,
    sts,
    mfaCode: sandboxMfaCode,
    environment,
    namesToRemove,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
