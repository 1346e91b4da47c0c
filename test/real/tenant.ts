import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect } from 'vitest'

import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { startSandbox } from '../../sandbox/sandbox.ts'
import type { TenantSeed } from '../../sandbox/microsoft/seed/model.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import { pimFile, searchPath, start, type Environment } from './pim.ts'

/** How a pim ended, and what it said. */
export interface Answer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
}

/** A PIM_HOME of its own and a tenant, beside an STS, on loopback and by the clock of this machine. */
export interface TenantCloud extends AsyncDisposable {
  readonly tenant: Tenant
  readonly folder: string
  readonly pimHome: string
  readonly env: Readonly<Record<string, string>>
  /** Runs pim to its end. What is undefined in `env` is taken away from it. */
  readonly run: (argv: readonly string[], env?: Environment) => Promise<Answer>
  /** Signs alice in, as `pim login azure` does. */
  readonly signedIn: () => Promise<void>
  /** The audit log. Throws where a line of it is no JSON. */
  readonly records: () => readonly AuditRecord[]
}

export async function openTenant(): Promise<TenantCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'pim-tenant-'))
  const { tenant, environment, stop } = await startSandbox({ folder, now: () => new Date() })
  const home = join(folder, 'home')
  mkdirSync(home)
  const pimHome = environment['PIM_HOME'] ?? ''
  const env = { PATH: searchPath, HOME: home, ...environment }
  const run: TenantCloud['run'] = async (argv, more) => {
    const options = { env: { ...env, ...more } }
    const ended = await start(process.execPath, [pimFile, ...argv], options).ended
    const { code, out, err, milliseconds } = ended
    return { code, stdout: out, stderr: err, milliseconds }
  }
  return {
    tenant,
    folder,
    pimHome,
    env,
    run,
    signedIn: async () => {
      const { code, stderr } = await run(['login', 'azure', '--quiet'])
      expect([code, stderr]).toEqual([0, ''])
    },
    records: () =>
      readFileSync(join(pimHome, 'state', 'audit', 'audit.jsonl'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as AuditRecord),
    [Symbol.asyncDispose]: async () => {
      await stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** A tenant where alice is signed in. */
export async function openSignedIn(): Promise<TenantCloud> {
  const cloud = await openTenant()
  await cloud.signedIn()
  return cloud
}

/** Lends tenants, each to one at a time: what the next request is to meet is the tenant's own. */
export interface Tenants extends AsyncDisposable {
  readonly lend: <Result>(use: (cloud: TenantCloud) => Promise<Result>) => Promise<Result>
  readonly all: readonly TenantCloud[]
}

export async function openTenants(count: number, seeds: readonly Partial<TenantSeed>[]) {
  const all = await Promise.all(Array.from({ length: count }, openSignedIn))
  for (const { tenant } of all) for (const seed of seeds) tenant.add(seed)
  const free = [...all]
  const waiting: ((cloud: TenantCloud) => void)[] = []
  const take = (): Promise<TenantCloud> => {
    const cloud = free.pop()
    return cloud === undefined
      ? new Promise((resolve) => waiting.push(resolve))
      : Promise.resolve(cloud)
  }
  const giveBack = (cloud: TenantCloud): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(cloud)
    else next(cloud)
  }
  const tenants: Tenants = {
    all,
    lend: async (use) => {
      const cloud = await take()
      try {
        return await use(cloud)
      } finally {
        giveBack(cloud)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((cloud) => cloud[Symbol.asyncDispose]()))
    },
  }
  return tenants
}

export interface ErrorJson {
  readonly code: string
  readonly exitCode: number
  readonly message: string
  readonly hint?: string
  readonly target?: string
  readonly provider?: {
    readonly code?: string
    readonly status?: number
    readonly requestId?: string
  }
}

export interface ElevationJson {
  readonly target: string
  readonly state: string
  readonly changed: boolean
  readonly providerRequestId?: string
  readonly error?: ErrorJson
}

/**
 * The one elevation of a `pim elevate --json`. Fails where stdout holds anything but that document,
 * where stderr tells of another error than it, and where either shows a stack trace.
 */
export function elevationIn({ stdout, stderr }: Answer): ElevationJson {
  const document = JSON.parse(stdout)
  expect([document.schema, document.elevations.length]).toEqual(['pim.elevations/v1', 1])
  const [elevation] = document.elevations as ElevationJson[]
  const lines = stderr.split('\n').filter((line) => line !== '')
  const errors = lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  expect(errors).toEqual(
    elevation?.error === undefined ? [] : [{ schema: 'pim.error/v1', error: elevation.error }],
  )
  const others = lines.filter((line) => !line.startsWith('{'))
  expect(others.filter((line) => !line.startsWith('pim: '))).toEqual([])
  expect(`${stdout}${stderr}`).not.toMatch(/^\s+at |node:internal|\.cjs\b/m)
  return elevation as ElevationJson
}

export function elevate(
  { run }: Pick<TenantCloud, 'run'>,
  { text }: { readonly text: string },
  ...flags: readonly string[]
): Promise<Answer> {
  return run(['elevate', text, '-j', 'why', '--json', ...flags])
}

/** What is on record of a target, in order. */
export function eventsOf(
  cloud: Pick<TenantCloud, 'records'>,
  { text }: { readonly text: string },
): readonly string[] {
  const own = cloud.records().filter(({ target }) => target === text)
  return own.map(({ event }) => event)
}

/** Fails where the log is broken, or holds a request without an outcome. */
export async function expectSoundLog({ run }: Pick<TenantCloud, 'run'>): Promise<void> {
  const { code, stdout } = await run(['audit', 'verify', '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, unknownOutcome: [] }])
}
