import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { PimError } from '../../../../src/core/errors.ts'
import { attemptAt, roomWithProvider, targetNamed, type Room } from '../fixture.ts'

/** What the sandbox's STS grants to its own user. */
export const role = 'role_arn = arn:aws:iam::123456789012:role/Admin'

/** A target `here` whose source is the profile `base`, which holds these lines. */
export async function roomWithBase(
  lines: (folder: string) => string,
  env: Record<string, string> = {},
): Promise<Room> {
  const room = await roomWithProvider(env)
  const { folder } = room.sandbox
  appendFileSync(
    join(folder, 'aws', 'config'),
    `\n[profile base]\n${lines(folder)}\n[profile here]\n${role}\nsource_profile = base\n`,
  )
  return room
}

export async function failure({ provider }: Room, name = 'here'): Promise<PimError> {
  const target = await targetNamed(name, provider)
  const { signal } = new AbortController()
  const ends = [provider.identify(target, signal), provider.activate(attemptAt(target))]
  const [first, second] = await Promise.all(ends.map((end) => end.catch((e: unknown) => e)))
  expect(second).toMatchObject({ message: (first as PimError).message })
  return first as PimError
}

/** All that could be printed or written of an error, and of what caused it. */
export function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return [error.message, error.stack, JSON.stringify(error), told(error.cause)].join('\n')
}
