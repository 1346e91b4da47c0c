import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { minutes } from '../../src/core/time/duration.ts'
import type { TenantCall } from '../../sandbox/microsoft/server/journal.ts'
import { startTenant, type Tenant } from '../../sandbox/microsoft/tenant.ts'
import { openCloud, type Cloud, type Ended, type StartOptions } from './pim.ts'

/** A cloud whose tenant of Microsoft can be looked into and turned. */
export interface Stand extends Cloud {
  readonly tenant: Tenant
  /** How often the authority was asked for tokens. */
  readonly tokenRequests: () => number
  /** What a browser opened at the authority. */
  readonly visits: () => readonly TenantCall[]
  readonly events: () => readonly AuditRecord['event'][]
}

export async function openStand(): Promise<Stand> {
  const cloud = await openCloud()
  const tenant = await startTenant({ folder: join(cloud.folder, 'stand'), now: () => new Date() })
  const withTenant = (options: StartOptions = {}): StartOptions => ({
    ...options,
    env: { ...tenant.environment, ...options.env },
  })
  const callsOf = (operation: string) =>
    tenant.calls.filter((call) => call.surface === 'authority' && call.operation === operation)
  return {
    ...cloud,
    env: { ...cloud.env, ...tenant.environment },
    startPim: (words, options) => cloud.startPim(words, withTenant(options)),
    pim: (words, options) => cloud.pim(words, withTenant(options)),
    tenant,
    tokenRequests: () => callsOf('token').length,
    visits: () => callsOf('authorize'),
    events: () => cloud.records().map(({ event }) => event),
    [Symbol.asyncDispose]: async () => {
      await tenant.stop()
      await cloud[Symbol.asyncDispose]()
    },
  }
}

/** A stand at which alice has signed in through what stands in for a browser. */
export async function openSignedIn(tokenLifetime = minutes(75)): Promise<Stand> {
  const stand = await openStand()
  stand.tenant.tokenLifetime = tokenLifetime
  const { code, err } = await stand.pim(['login', 'azure'])
  if (code !== 0 || stand.tenant.signIns !== 1) throw new Error(`alice is not signed in: ${err}`)
  return stand
}

/** The sentences of an error and its hint. */
export function saidBy({ err }: Pick<Ended, 'err'>): readonly string[] {
  return err.split('\n').filter((line) => /\b(error|hint): /.test(line))
}

/** Tokens as the sandbox makes them: three parts of base64url, and 80 characters of it. Ids are in lower case. */
const accessToken = /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}/g
const refreshToken = /(?<![\w.-])(?=[\w-]{0,40}[A-Z])[\w-]{80}(?![\w.-])/g

export function tokensIn(text: string): { readonly access: string[]; readonly refresh: string[] } {
  return {
    access: [...(text.match(accessToken) ?? [])],
    refresh: [...(text.match(refreshToken) ?? [])],
  }
}

/** The files below a folder in which something has the form of an access token. */
export function filesWithTokens(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const { access, refresh } = tokensIn(readFileSync(path, 'latin1'))
      return access.length + refresh.length > 0
    })
}
