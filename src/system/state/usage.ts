import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Uses } from '../../core/elevation/usage.ts'
import { removeUnlessLocked, shareLock } from '../files/lock.ts'
import { ensurePrivateFolder } from '../files/private-file.ts'

/** A file for each elevation, whose lock is shared by everyone who uses it. */
export function createUses(folder: string): Uses {
  const pathOf = (id: string): string =>
    join(folder, `${Buffer.from(id).toString('hex').slice(0, 240)}.lock`)
  return {
    begin: async (id) => {
      await ensurePrivateFolder(folder)
      return { end: await shareLock(pathOf(id)) }
    },
    isUsed: async (id) => {
      const path = pathOf(id)
      return existsSync(path) && !(await removeUnlessLocked(path))
    },
  }
}
