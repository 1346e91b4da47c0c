// A process of its own for the tests of locks, flights and the audit log: node at-work.ts <job> <path> [words]
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PimError } from '../../src/core/errors.ts'
import { createAuditLog } from '../../src/system/audit/log.ts'
import { createFlights } from '../../src/system/state/single-flight.ts'
import { withLock } from '../../src/system/files/lock.ts'
import { createUses } from '../../src/system/state/usage.ts'
import { fileAnchor } from './audit/anchor-file.ts'

const [job = '', path = '', ...words] = process.argv.slice(2)
const self = { pid: process.pid, command: `pim ${job}`, now: () => new Date() }
const holder = { pid: self.pid, command: self.command, since: self.now() }

const jobs: Record<string, () => Promise<void>> = {
  /** Holds the lock until it is killed. */
  hold: () =>
    withLock(path, { holder, patienceSeconds: 5 }, async () => {
      process.stdout.write('held\n')
      await sleep(60_000)
    }),

  /** Uses an elevation until it is killed. */
  use: async () => {
    await createUses(path).begin('e1')
    process.stdout.write('in use\n')
    // A file that nothing refers to would be closed by the garbage collector, and its lock with it.
    for (let time = 0; time < 100; time += 1) globalThis.gc?.()
    await sleep(60_000)
  },

  /** Reads, waits and writes a counter beside the lock: without a lock, counts are lost. */
  count: async () => {
    const counter = join(dirname(path), 'counter')
    for (let turn = 0; turn < Number(words[0]); turn += 1) {
      await withLock(path, { holder, patienceSeconds: 30 }, async () => {
        const before = existsSync(counter) ? Number(readFileSync(counter, 'utf8')) : 0
        await sleep(1)
        writeFileSync(counter, String(before + 1))
      })
    }
  },

  append: async () => {
    const uid = process.getuid?.()
    const log = createAuditLog({ ...self, folder: path, uid, anchor: fileAnchor(path) })
    for (let count = 1; count <= Number(words[0]); count += 1) {
      await log.append({ event: 'command.started', by: self.pid, count, note: words[1] })
    }
  },

  /** Flies until the file `land` is there, leaves a line in the journal, and ends as it is told to. */
  fly: async () => {
    const [end, journal = ''] = words
    const land = join(dirname(path), 'land')
    const onWait = () => process.stdout.write('waiting\n')
    const flights = createFlights({ ...self, folder: path })
    const options = {
      signal: new AbortController().signal,
      patienceSeconds: 20,
      onWait,
      sharesRefusals: 'the same',
    }
    await flights.run('aws:prod', options, async () => {
      appendFileSync(journal, 'worked\n')
      process.stdout.write('flying\n')
      while (!existsSync(land)) await sleep(10)
      if (end !== 'refused') return
      throw new PimError('refused', 'policy', 'the policy says no', {
        hint: 'ask for less',
        target: 'aws:prod',
        provider: { code: 'AccessDenied', status: 403, requestId: 'r-1' },
      })
    })
  },
}

try {
  await jobs[job]?.()
} catch (error) {
  process.stderr.write(JSON.stringify(error instanceof PimError ? error : String(error)))
  process.exitCode = 1
}
