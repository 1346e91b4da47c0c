import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { AuditEvent, AuditLog } from '../../../src/core/audit/audit.ts'
import { PimError } from '../../../src/core/errors.ts'
import { createAuditLog } from '../../../src/system/audit/log.ts'
import { fileAnchor, type FileAnchor } from './anchor-file.ts'

export let root: string
export let folder: string
export let path: string
export let anchor: FileAnchor
export let log: AuditLog

export const uid = process.getuid?.()
const now = () => new Date('2026-03-01T09:00:00Z')
export const requested: AuditEvent = {
  event: 'elevation.requested',
  elevationId: 'e1',
  target: 'aws:prod',
}
export const torn = '{"v":1,"seq":3,"time":"2026-0'

/** Gives every test of a file a folder of its own, with no log in it yet. */
export function useRoom(): void {
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'pim-audit-'))
    folder = join(root, 'audit')
    path = join(folder, 'audit.jsonl')
    anchor = fileAnchor(folder)
    log = logWith({})
  })
  afterEach(() => rm(root, { recursive: true }))
}

export function logWith(change: Partial<Parameters<typeof createAuditLog>[0]>): AuditLog {
  return createAuditLog({ folder, now, anchor, uid, pid: 1, command: 'pim test', ...change })
}

export const content = () => readFileSync(path, 'utf8')
export const forgetAnchor = async () => anchor.forget()

export async function thrownBy(promise: Promise<unknown>): Promise<PimError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(PimError)
  return error as PimError
}

/** Nothing was written, and the error is one that a person can act on. */
export async function expectRefusal(code: string, message: string | RegExp): Promise<void> {
  const before = existsSync(path) ? content() : undefined
  const error = await thrownBy(log.append(requested))
  expect(error).toMatchObject({ kind: 'audit', code, exitCode: 7 })
  expect(error.message).toMatch(message)
  expect(error.hint).toBeTruthy()
  expect(existsSync(path) ? content() : undefined).toBe(before)
}
