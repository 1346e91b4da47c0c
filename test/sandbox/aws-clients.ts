import { execFile, execFileSync } from 'node:child_process'

import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput, Credentials } from '@aws-sdk/client-sts'

import { alice, sandboxRoles } from '../../sandbox/aws/sts/roles.ts'
import type { StsServer } from '../../sandbox/aws/server/server.ts'

export interface ClientKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The real SDK, pointed at a sandbox; with one attempt unless told. */
export function clientOf(sts: StsServer, key: ClientKey = alice, maxAttempts = 1): STSClient {
  const { accessKeyId, secretAccessKey, sessionToken } = key
  return new STSClient({
    endpoint: sts.endpoint,
    region: 'us-east-1',
    maxAttempts,
    credentials: {
      accessKeyId,
      secretAccessKey,
      ...(sessionToken !== undefined && { sessionToken }),
    },
  })
}

export function asKey(credentials: Credentials | undefined): ClientKey {
  return {
    accessKeyId: credentials?.AccessKeyId ?? '',
    secretAccessKey: credentials?.SecretAccessKey ?? '',
    sessionToken: credentials?.SessionToken ?? '',
  }
}

export function assume(differences: Partial<AssumeRoleCommandInput> = {}): AssumeRoleCommand {
  const { arn } = sandboxRoles.admin
  return new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'alice', ...differences })
}

/** What a script sees of a refusal. */
export async function refusalOf(call: Promise<unknown>): Promise<object> {
  const error = await call.then(
    () => ({ name: 'none', message: 'the call succeeded' }),
    (thrown: unknown) => thrown as Error,
  )
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  return { code: error.name, status, message: error.message }
}

export function postForm(sts: StsServer, body: string): Promise<Response> {
  return fetch(sts.endpoint, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
}

export const motoServer = 'moto_server'
export const hasAwsCli = runs('aws')
export const hasMoto = runs(motoServer)

function runs(program: string): boolean {
  try {
    execFileSync(program, [program === 'aws' ? '--version' : '--help'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Runs the real aws CLI with just these variables. */
export function aws(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<{ code: number; out: string; error: string }> {
  return new Promise((resolve) => {
    execFile(
      'aws',
      [...words],
      { env: environment as NodeJS.ProcessEnv },
      (failure, out, error) => {
        const code = failure === null ? 0 : typeof failure.code === 'number' ? failure.code : 1
        resolve({ code, out, error })
      },
    )
  })
}
