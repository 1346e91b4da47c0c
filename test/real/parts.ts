import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Whether an outside part of a test is here. Where it is absent the tests that need it are skipped
 * with a line that says so, or fail when `PIM_TEST_REQUIRE` names the part or says `all`.
 */
export function requirePart(name: string, probe: () => boolean): boolean {
  if (probe()) return true
  const required = (process.env['PIM_TEST_REQUIRE'] ?? '').split(',').map((part) => part.trim())
  if (required.includes(name) || required.includes('all'))
    throw new Error(`${name} is required by PIM_TEST_REQUIRE and is not here`)
  console.warn(`skipped: ${name} is not here`)
  return false
}

/** Whether every one of these programs is on the PATH. */
export function hasCommands(...names: readonly string[]): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return names.every((name) => folders.some((folder) => isExecutable(join(folder, name))))
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
