import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
import type { SignIn } from './authority/state.ts'
import type { Token } from './authority/tokens.ts'
import type { PimRequest } from './pim/state.ts'
import type { Certificate } from './server/certificate.ts'

/** What a tenant knows that is to outlive its process. */
export interface TenantMemory {
  readonly certificate: Certificate
  /** Where ARM, Graph and the authority listen. */
  readonly ports: readonly number[]
  readonly requests: readonly PimRequest[]
  readonly tokens: ReadonlyMap<string, Token>
  readonly refreshTokens: ReadonlyMap<string, SignIn>
  readonly signInsMade: number
}

/** Replaces the file whole, so that a kill leaves the one before or this one. */
export function writeMemory(path: string, memory: TenantMemory): void {
  writeFileSync(`${path}.new`, serialize(memory), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** What a tenant of before has left; undefined where there was none. The file is the sandbox's own. */
export function readMemory(path: string | undefined): TenantMemory | undefined {
  if (path === undefined || !existsSync(path)) return undefined
  const memory: TenantMemory = deserialize(readFileSync(path))
  return memory
}
