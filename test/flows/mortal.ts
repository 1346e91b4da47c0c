import type { Approvals } from '../../src/core/approval.ts'
import type { Duration } from '../../src/core/duration.ts'
import type { ElevationState } from '../../src/core/elevation.ts'
import type { Provider } from '../../src/core/provider.ts'
import { createGrants, ops, type Grants } from './grants.ts'
import { requestOf } from './approvals.ts'
import type { UnsteadyCloud } from './unsteady-cloud.ts'

/** The end of a process that was killed. */
class Killed extends Error {}

/** One process of pim: it knows what is on the disk and what it has heard, and may die at any step. */
export interface Process {
  readonly deps: Grants['world']['deps']
  readonly provider: Provider
  readonly isDead: () => boolean
  /** The provider's last word on each request that has reached this process. */
  readonly heard: ReadonlyMap<string, Word>
  /** The requests that it has made and had an answer to. */
  readonly made: readonly string[]
}

/** `unlisted`: it was granted, and is not in the list of what is active. */
type Word = ElevationState | 'unlisted'

/** What is to become of a process. */
interface Fate {
  readonly diesAt: number | undefined
  readonly sleep: (span: Duration) => Promise<void>
  readonly onWord: (requestId: string, word: Word) => void
}

/** What outlives processes: a folder. */
export interface Disk {
  readonly grants: Grants
  readonly cloud: UnsteadyCloud
  nextId: number
}

/**
 * A new process over a disk. It dies at the given step, a step being anything it does outside itself,
 * before or after the deed; from then on it does nothing more.
 */
export function startProcess(disk: Disk, { diesAt, sleep, onWord }: Fate): Process {
  const { cloud, grants } = disk
  const heard = new Map<string, Word>()
  const made: string[] = []
  let steps = 0
  let isDead = false
  const step = (): void => {
    isDead ||= steps === diesAt
    steps += 1
    if (isDead) throw new Killed()
  }
  const mortal =
    <Args extends readonly unknown[], Result>(deed: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      step()
      const result = await deed(...args)
      step()
      return result
    }
  const hear = (id: string | undefined, word: Word): void => {
    if (id === undefined) return
    heard.set(id, word)
    onWord(id, word)
  }
  const approvals: Approvals = {
    mine: mortal(() =>
      cloud.meet(() => cloud.held.flatMap(({ id }) => requestAt(cloud, id) ?? [])),
    ),
    toApprove: async () => [],
    find: mortal((id) => cloud.meet(() => requestAt(cloud, id))),
    decide: async (request) => request,
    withdraw: mortal((id) => cloud.meet(() => cloud.withdraw(id))),
  }
  const provider: Provider = {
    ...grants.provider,
    approvals,
    activate: async (attempt) => {
      const answer = await mortal(() => cloud.meet((fault) => cloud.activate(attempt, fault)))()
      const { providerRequestId = '', state } = answer
      made.push(providerRequestId)
      hear(providerRequestId, state)
      return answer
    },
    progress: async (elevation) => {
      const found = await mortal(() => cloud.meet((fault) => cloud.progress(elevation, fault)))()
      const { state } = found
      hear(elevation.providerRequestId, state === 'provisioning' ? 'unlisted' : state)
      return found
    },
    current: async () => {
      const standing = await mortal(() => cloud.meet((fault) => cloud.current(fault)))()
      const granted = cloud.held.findLast(({ wasGranted }) => wasGranted)
      hear(
        standing?.providerRequestId ?? granted?.id,
        standing === undefined ? 'unlisted' : 'active',
      )
      return standing
    },
    release: mortal((elevation) => cloud.meet(() => cloud.release(elevation))),
    isEffective: async () => true,
  }
  const { world } = grants
  const { audit, records } = world.deps
  return {
    provider,
    heard,
    made,
    isDead: () => isDead,
    deps: {
      ...world.deps,
      provider: async () => provider,
      audit: { ...audit, append: mortal(audit.append) },
      records: { ...records, put: mortal(records.put), remove: mortal(records.remove) },
      now: () => cloud.localTime(),
      newId: () => `e${(disk.nextId += 1)}`,
      sleep: async (span) => {
        step()
        await sleep(span)
      },
    },
  }
}

export function createDisk(cloud: UnsteadyCloud): Disk {
  return { grants: createGrants(), cloud, nextId: 0 }
}

function requestAt(cloud: UnsteadyCloud, id: string): ReturnType<typeof requestOf> | undefined {
  const held = cloud.find(id)
  if (held === undefined) return undefined
  const state = cloud.truth(held)
  const { requestedAt, duration } = held
  return requestOf({ id, path: ops.path, state, status: state, requestedAt, duration })
}
