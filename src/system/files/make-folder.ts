import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder for its owner alone, and those above it; resolves with the topmost one that was made.
 * Node's own way tries for ever where a folder that is there takes none, as `/proc`.
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  const above = dirname(path)
  try {
    return await makeOne(path)
  } catch (error) {
    if (!isCode(error, 'ENOENT') || above === path) throw error
  }
  const topmost = await makeFolder(above)
  // What is still missing now stays missing.
  const made = await makeOne(path)
  return topmost ?? made
}

async function makeOne(path: string): Promise<string | undefined> {
  try {
    await mkdir(path, { mode: 0o700 })
    return path
  } catch (error) {
    const isThere = isCode(error, 'EEXIST') || isCode(error, 'EROFS') || isCode(error, 'EACCES')
    if (isThere && (await isFolder(path))) return undefined
    throw error
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
