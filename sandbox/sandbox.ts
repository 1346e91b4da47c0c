import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'

import { namesToRemove, sandboxEnvironment, writeAwsFiles } from './aws/aws-files.ts'
import { sandboxMfaCode } from './aws/sts/roles.ts'
import { startSts } from './aws/server/server.ts'
import type { StsServer } from './aws/server/server.ts'
import { startTenant } from './microsoft/tenant.ts'
import type { Tenant } from './microsoft/tenant.ts'

export interface SandboxOptions {
  /** A folder of the sandbox's own; made where it is missing, left in place afterwards. */
  readonly folder: string
  readonly now: () => Date
  readonly port?: number
  /** A file that gets one line of JSON per call to the cloud. */
  readonly journal?: string
}

/** Two clouds in a folder and on loopback ports: an STS of AWS, and a tenant of Microsoft. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string
  readonly endpoint: string
  readonly sts: StsServer
  readonly tenant: Tenant
  /** The one-time code that its MFA device shows at all times. */
  readonly mfaCode: string
  /** To be set for a command that is to meet the sandbox. */
  readonly environment: Readonly<Record<string, string>>
  /** To be taken from what that command would inherit. */
  readonly namesToRemove: readonly string[]
  readonly stop: () => Promise<void>
}

/** Starts both clouds and writes the files that lead a command there instead of to the real ones. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { folder, now, port, journal } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const sts = await startSts({
    now,
    ...(port !== undefined && { port }),
    ...(journal !== undefined && { journal }),
  })
  try {
    await writeAwsFiles(folder, sts.endpoint, now())
    const tenant = await startTenant({ folder, now })
    return describe({ folder, sts, tenant })
  } catch (error) {
    await sts.stop()
    throw error
  }
}

function describe(parts: Pick<Sandbox, 'folder' | 'sts' | 'tenant'>): Sandbox {
  const { folder, sts, tenant } = parts
  const { endpoint } = sts
  const storePassphrase = randomBytes(24).toString('base64url')
  const stop = async () => {
    await Promise.all([sts.stop(), tenant.stop()])
  }
  return {
    ...parts,
    endpoint,
    mfaCode: sandboxMfaCode,
    environment: {
      ...sandboxEnvironment({ folder, endpoint, storePassphrase }),
      ...tenant.environment,
    },
    namesToRemove: [...namesToRemove, ...tenant.namesToRemove],
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
