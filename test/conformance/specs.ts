import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { describe, test } from 'vitest'

/**
 * Tests that need the official specifications: those in `PIM_SPECS`, or those beside the
 * repository. They are nobody's to ship, so where neither is there they are skipped with a line
 * that says so, also where other parts are required. A `PIM_SPECS` that leads nowhere is an error.
 */
export function describeWithSpecs(name: string, tests: (specs: string) => void): void {
  const specs = findSpecs()
  if (specs !== undefined) {
    describe(name, () => tests(specs))
    return
  }
  console.warn('skipped: the official specifications are not here')
  describe.skip(name, () => {
    test('is held against the official specifications', () => {})
  })
}

function findSpecs(): string | undefined {
  const named = process.env['PIM_SPECS']
  if (named !== undefined && named !== '') {
    if (existsSync(join(named, 'azure'))) return named
    throw new Error(`PIM_SPECS is ${named}, and no specifications are there`)
  }
  const beside = join(import.meta.dirname, '../../../shared/specs')
  return existsSync(join(beside, 'azure')) ? beside : undefined
}
