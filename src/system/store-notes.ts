import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { storeNames, type StoredItem, type StoreNotes } from '../core/credentials.ts'
import { removeUnlessLocked, shareLock } from './lock.ts'
import { ensurePrivateFolder, removePrivateFile } from './private-file.ts'
import { errorCode, fileProblem, readPrivateFile } from './private-read.ts'

const suffix = '.note'

const Items = v.array(v.object({ store: v.picklist(storeNames), key: v.string() }))

/**
 * A file for each write, whose lock its writer holds: once that is free, the writer is no more. It holds
 * names of items, and no secret.
 */
export function createStoreNotes(folder: string): StoreNotes {
  return {
    begin: async (items) => {
      await ensurePrivateFolder(folder)
      const path = join(folder, `${crypto.randomUUID()}${suffix}`)
      const release = await shareLock(path)
      try {
        await writeItems(path, items)
      } catch (error) {
        await forget(path, release).catch(() => {})
        throw fileProblem('write', path, error)
      }
      return { end: () => forget(path, release), leave: release }
    },
    sweep: async (settle) => {
      for (const name of namesIn(folder)) {
        const path = join(folder, name)
        await removeUnlessLocked(path, async () => settle(readItems(path)))
      }
    },
  }
}

/** Removed before its lock is free, so that nobody takes it for the note of a process that was killed. */
async function forget(path: string, release: () => Promise<void>): Promise<void> {
  try {
    await removePrivateFile(path)
  } finally {
    await release()
  }
}

/** In the file that is locked already, not in a new one under its name. */
async function writeItems(path: string, items: readonly StoredItem[]): Promise<void> {
  await using file = await open(path, 'r+')
  await file.writeFile(JSON.stringify(items))
  await file.sync()
}

/** None where the writer was killed before it had written down what it would keep: then it kept nothing. */
function readItems(path: string): readonly StoredItem[] {
  const text = String(readPrivateFile(path) ?? '')
  const items = v.safeParse(v.pipe(v.string(), v.parseJson(), Items), text)
  return items.success ? items.output : []
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(suffix))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw fileProblem('read', folder, error)
  }
}
