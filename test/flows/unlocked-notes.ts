import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { UnfinishedNotes } from '../../src/core/unfinished.ts'

/** What a process that was killed leaves: a note whose lock is free. */
export function leaveNote(folder: string, note: unknown): void {
  mkdirSync(join(folder, 'keeping'), { recursive: true, mode: 0o700 })
  writeFileSync(join(folder, 'keeping', 'killed.note'), JSON.stringify(note), { mode: 0o600 })
}

/** The notes of a process that will be killed. `beforeUpdate` may stop it. */
export function unlockedNotes(
  folder: string,
  beforeUpdate: () => Promise<void> = async () => {},
): UnfinishedNotes {
  return {
    begin: async (started) => {
      let work = started
      leaveNote(folder, work)
      return {
        update: async (changes) => {
          await beforeUpdate()
          leaveNote(folder, (work = { ...work, ...changes }))
        },
        end: async () => {},
        leave: async () => {},
      }
    },
    sweep: async () => {},
  }
}
