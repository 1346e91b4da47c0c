import { readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { auditEventNames, type AuditEvent } from '../../core/audit/audit.ts'
import { storeNames } from '../../core/store-item.ts'
import type { UnfinishedNotes, UnfinishedWork } from '../../core/unfinished.ts'
import { removeUnlessLocked, shareLock } from '../files/lock.ts'
import { ensurePrivateFolder, removePrivateFile } from '../files/private-file.ts'
import { systemCode } from '../../core/system-error.ts'
import { fileProblem, readPrivateFile } from '../files/private-file-read.ts'

const suffix = '.note'

const Items = v.array(v.object({ store: v.picklist(storeNames), key: v.string() }))

const Event = v.looseObject({
  event: v.picklist(auditEventNames),
  elevationId: v.exactOptional(v.string()),
  target: v.string(),
})

/** Parsed from JSON, so every other detail is JSON too. */
const Ending = v.custom<AuditEvent>((value) => v.is(Event, value))

const Work = v.object({
  items: Items,
  ending: v.exactOptional(Ending),
  isReleased: v.exactOptional(v.literal(true)),
})

/** Notes of earlier versions hold nothing but the items. */
const Note = v.union([
  Work,
  v.pipe(
    Items,
    v.transform((items): UnfinishedWork => ({ items })),
  ),
])

/**
 * A file for each piece of work, whose lock its process holds: once the lock is free, the process has
 * ended. Each line is the work as known by then; the last whole line counts.
 */
export function createUnfinishedNotes(folder: string): UnfinishedNotes {
  return {
    begin: async (started) => {
      await ensurePrivateFolder(folder)
      const path = join(folder, `${crypto.randomUUID()}${suffix}`)
      const unlock = await shareLock(path)
      try {
        await append(path, started)
      } catch (error) {
        await remove(path, unlock).catch(() => {})
        throw fileProblem('write', path, error)
      }
      let work = started
      return {
        update: async (changes) => {
          work = { ...work, ...changes }
          await append(path, work).catch((error: unknown) => {
            throw fileProblem('write', path, error)
          })
        },
        end: () => remove(path, unlock),
        leave: unlock,
      }
    },
    sweep: async (settle) => {
      const failures: unknown[] = []
      for (const name of namesIn(folder)) {
        const path = join(folder, name)
        // One store that does not open must not keep the other work from being finished.
        await removeUnlessLocked(path, async () => settle(read(path))).catch((error: unknown) => {
          failures.push(error)
        })
      }
      if (failures.length > 0) throw failures[0]
    },
  }
}

/** Deletes the file before its lock is free, so that no other process takes it for left work. */
async function remove(path: string, unlock: () => Promise<void>): Promise<void> {
  try {
    await removePrivateFile(path)
  } finally {
    await unlock()
  }
}

/** To the file that is locked already: a new file under its name would have no lock. */
async function append(path: string, work: UnfinishedWork): Promise<void> {
  await using file = await open(path, 'a')
  await file.writeFile(`${JSON.stringify(work)}\n`)
  // A store may keep an item through a power failure, and the note must do the same.
  if (work.items.length > 0) await file.sync()
}

/** Nothing where the process ended before the first line was whole: it did nothing after that. */
function read(path: string): UnfinishedWork {
  const lines = String(readPrivateFile(path) ?? '').split('\n')
  for (const line of lines.toReversed()) {
    const note = v.safeParse(v.pipe(v.string(), v.parseJson(), Note), line)
    if (note.success) return note.output
  }
  return { items: [] }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(suffix))
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw fileProblem('read', folder, error)
  }
}
