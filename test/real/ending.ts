import { expect } from 'vitest'

import type { Fault } from '../../sandbox/aws/server/faults.ts'
import { openCloud, type Cloud, type Environment } from './pim.ts'

export interface Case {
  readonly name: string
  readonly words: readonly string[]
  readonly code: number
  /** `error.code` of the JSON on stderr. */
  readonly error?: string
  readonly env?: Environment
  readonly faults?: readonly Fault[]
  readonly before?: (cloud: Cloud) => Promise<unknown> | void
}

/** Runs pim against a cloud of its own and looks at how it ends. */
export async function expectEnd(given: Case): Promise<void> {
  await using cloud = await openCloud()
  await given.before?.(cloud)
  for (const fault of given.faults ?? []) cloud.sts.fail(fault)
  const words = ['--json', ...given.words]
  const { code, signal, err } = await cloud.pim(words, { env: given.env ?? {} })
  expect({ code, signal, error: errorOf(err)?.code }).toEqual({
    code: given.code,
    signal: null,
    error: given.error,
  })
}

interface ErrorJson {
  readonly code: string
  readonly exitCode: number
}

/** The error of `--json`. */
export function errorOf(err: string): ErrorJson | undefined {
  const line = err.split('\n').find((text) => text.startsWith('{"schema":"pim.error/v1"'))
  return line === undefined ? undefined : (JSON.parse(line).error as ErrorJson)
}
