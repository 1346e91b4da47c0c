import fc from 'fast-check'
import { expect, test } from 'vitest'
import { minutes, seconds } from '../../src/core/duration.ts'
import { isLive, isPending, type Elevation } from '../../src/core/elevation.ts'
import { asPimError } from '../../src/core/errors.ts'
import { hasEnded, listLag } from '../../src/core/lifecycle.ts'
import { cancel } from '../../src/flows/cancel.ts'
import { elevate, type Outcome } from '../../src/flows/elevate.ts'
import { type Reconciled } from '../../src/flows/reconcile.ts'
import { elevationById } from '../../src/flows/requests.ts'
import { resume } from '../../src/flows/resume.ts'
import { settle, type WaitLimit } from '../../src/flows/settle.ts'
import { formatTarget } from '../../src/core/target.ts'
import { askForOps, ops } from './grants.ts'
import { createDisk, startProcess, type Disk, type Process } from './mortal.ts'
import { deeds, faults, UnsteadyCloud, type Deed, type Fault, type Held } from './unsteady-cloud.ts'
import { reconcileAll, releaseNamed } from './remembered.ts'

const commands = ['elevate', 'wait', 'status', 'release', 'release --wait', 'cancel'] as const

/** One of our own commands: what its calls meet, when it is killed, and what happens while it waits. */
interface Command {
  readonly command: (typeof commands)[number]
  readonly answer: UnsteadyCloud['answer']
  readonly faults: readonly Fault[]
  readonly diesAt: number | undefined
  readonly meanwhile: readonly Step[]
}

type Step =
  | Command
  | { readonly deed: Deed }
  | { readonly pass: number }
  | { readonly jump: number }

const anyCommand = (meanwhile: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<Step> =>
  fc.record({
    command: fc.constantFrom(...commands),
    answer: fc.constantFrom('pending-approval', 'scheduled', 'provisioning', 'active'),
    faults: fc.array(fc.constantFrom('none' as const, ...faults), { maxLength: 4 }),
    diesAt: fc.option(fc.nat(20), { nil: undefined, freq: 3 }),
    meanwhile,
  })
const anyChange: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ deed: fc.constantFrom(...deeds) }),
  fc.record({ pass: fc.constantFrom(1, 20, 200, 400, 4000) }),
  fc.record({ jump: fc.constantFrom(-90_000, -7200, -100, -5, 5, 100, 7200, 90_000) }),
)
const anyMinor = fc.oneof(anyChange, anyCommand(fc.constant([])))
const anyStep = fc.oneof(anyChange, {
  arbitrary: anyCommand(fc.array(anyMinor, { maxLength: 3 })),
  weight: 2,
})

const target = formatTarget(ops)
const limit: WaitLimit = { wait: 'active', timeout: minutes(1), approval: minutes(2) }

interface Life extends Disk {
  /** What this machine has remembered, and since then neither the clock nor a word has ended. */
  readonly owed: Map<string, Elevation>
  /** Requests whose end was heard by a process that lived on. */
  readonly ended: Set<string>
}

async function take(step: Step, life: Life): Promise<void> {
  const { cloud } = life
  if ('deed' in step) cloud.do(step.deed)
  else if ('pass' in step) cloud.pass(seconds(step.pass))
  else if ('jump' in step) cloud.jump(step.jump)
  else await run(step, life)
  await assertNothingLost(life)
}

/** Runs a command in a process of its own. What it shows must be true; it fails only as foreseen. */
async function run(command: Command, life: Life): Promise<void> {
  const { cloud } = life
  const meanwhile = [...command.meanwhile]
  const isAlone = () => meanwhile.length === command.meanwhile.length
  cloud.faults = [...command.faults]
  cloud.answer = command.answer
  const process = startProcess(life, {
    diesAt: command.diesAt,
    sleep: async (span) => {
      if (isAlone()) await assertRemembered(process, life)
      cloud.pass(span)
      const next = meanwhile.shift()
      if (next !== undefined) await take(next, life)
    },
    // With such a word there is nothing more to be shown.
    onWord: (id, word) => {
      if (word === 'unlisted' || hasEnded(word)) life.owed.delete(id)
    },
  })
  try {
    const shown = await outcomes(command, process, life)
    if (!process.isDead()) for (const each of shown) assertTrue(each, process, life)
  } catch (error) {
    if (!process.isDead() && asPimError(error).kind === 'unexpected') throw error
  }
  if (process.isDead()) return
  if (isAlone()) await assertRemembered(process, life)
  for (const [id, word] of process.heard) {
    if (['denied', 'canceled', 'failed'].includes(word)) life.ended.add(id)
  }
}

async function outcomes(
  { command }: Command,
  { deps, provider }: Process,
  { cloud }: Life,
): Promise<readonly Reconciled[]> {
  const settled = async (outcome: Outcome) => [await settle(outcome, provider, limit, deps)]
  const last = cloud.held.at(-1)?.id ?? 'none'
  switch (command) {
    case 'elevate':
      return settled(await elevate(askForOps(), deps))
    case 'wait':
      return settled((await resume(last, deps)).outcome)
    case 'status':
      return reconcileAll(deps)
    case 'release':
    case 'release --wait': {
      const patience = command === 'release' ? {} : { onWait: () => {} }
      const released = await releaseNamed(target, deps, patience)
      return released === undefined ? [] : [{ elevation: released }]
    }
    case 'cancel':
      return [{ elevation: await cancel((await elevationById(last, deps)).elevation, deps) }]
  }
}

/** What is shown as active was granted, and by the last word that this process has of it still is. */
function assertTrue({ elevation, trouble }: Reconciled, { heard }: Process, { cloud }: Life): void {
  if (elevation.state !== 'active') return
  const now = cloud.localTime()
  const { providerRequestId: id } = elevation
  // Under a clock that was set meanwhile, a request is not known again; the list is what tells then.
  const granted = id === undefined ? cloud.held : [cloud.find(id)]
  expect(granted.some((held) => held?.wasGranted)).toBe(true)
  expect(isLive(elevation, now)).toBe(true)
  const age = now.getTime() + elevation.clockAheadMs - elevation.startsAt.getTime()
  const isYoung = age < listLag.seconds * 1000
  const sinceConfirmed = now.getTime() - (elevation.confirmedAt?.getTime() ?? 0)
  const isFresh = sinceConfirmed >= 0 && sinceConfirmed < 30_000
  const word = heard.get(elevation.providerRequestId ?? '')
  const isKnown = word === undefined ? isFresh || trouble !== undefined : word === 'active'
  expect(isKnown || (word === 'unlisted' && isYoung)).toBe(true)
}

/** What was asked for is remembered before anything else happens. */
async function assertRemembered({ heard, made }: Process, { grants }: Life): Promise<void> {
  const remembered = await grants.world.deps.records.list()
  for (const id of made) {
    const word = heard.get(id) ?? 'unlisted'
    if (word === 'unlisted' || hasEnded(word)) continue
    expect(remembered.map((one) => one.providerRequestId)).toContain(id)
  }
}

/** By the clock of this machine, be it right or wrong. */
function isOver(elevation: Elevation, held: Held, cloud: UnsteadyCloud): boolean {
  const now = cloud.localTime()
  const providerNow = now.getTime() + elevation.clockAheadMs
  const isOpen = isLive(elevation, now) || isPending(elevation, now)
  return !isOpen || (held.state === 'active' && providerNow >= cloud.endOf(held).getTime())
}

/** What the provider still holds, and this machine has once remembered, it remembers. */
async function assertNothingLost({ cloud, grants, owed }: Life): Promise<void> {
  const now = cloud.localTime()
  const isOpen = (one: Elevation): boolean => isLive(one, now) || isPending(one, now)
  const remembered = await grants.world.deps.records.list()
  for (const elevation of remembered) {
    const { providerRequestId: id } = elevation
    if (id !== undefined && isOpen(elevation)) owed.set(id, elevation)
  }
  for (const [id, elevation] of owed) {
    const held = cloud.find(id)
    if (held === undefined || hasEnded(cloud.truth(held)) || isOver(elevation, held, cloud)) {
      owed.delete(id)
    } else expect(remembered.map((one) => one.providerRequestId)).toContain(id)
  }
}

/** Every request was on record before the provider heard of it, and its outcome is there once. */
async function assertSoundLog({ cloud, grants, ended }: Life): Promise<void> {
  const { audit, records: memory } = grants.world.deps
  const remembered = (await memory.list()).flatMap((each) => [each.id, each.providerRequestId])
  expect(await audit.verify()).toMatchObject({ ok: true })
  const records = await audit.records()
  const eventsOf = (...ids: readonly string[]): readonly string[] =>
    records.filter(({ elevationId = '' }) => ids.includes(elevationId)).map(({ event }) => event)
  for (const id of new Set(records.map(({ elevationId = '' }) => elevationId))) {
    const events = eventsOf(id).filter((event) => event !== 'elevation.pending')
    const endings = events.filter((event) => endingEvents.includes(event))
    const grantsOf = events.filter((event) => event === 'elevation.active')
    expect([id, grantsOf.length <= 1, endings.length <= 1]).toEqual([id, true, true])
    if (endings.length > 0) expect([id, events.at(-1)]).toEqual([id, endings[0]])
  }
  for (const { id, elevationId } of cloud.held) {
    expect(eventsOf(elevationId)[0]).toBe('elevation.requested')
    if (ended.has(id) && !remembered.includes(id) && !remembered.includes(elevationId)) {
      const endings = eventsOf(elevationId, id).filter((event) => endingEvents.includes(event))
      expect([id, endings.length]).not.toEqual([id, 0])
    }
  }
}

const endingEvents = [
  'elevation.denied',
  'elevation.failed',
  'elevation.canceled',
  'elevation.released',
]

test('whatever a provider answers, processes die of and clocks do, nothing is shown that is not granted, lost or recorded twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 10 }), async (steps) => {
      const life: Life = { ...createDisk(new UnsteadyCloud()), owed: new Map(), ended: new Set() }
      for (const step of steps) await take(step, life)
      await assertSoundLog(life)
    }),
    { numRuns: 1500 },
  )
})
