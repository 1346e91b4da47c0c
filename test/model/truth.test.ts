import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AuditRecord } from '../../src/core/audit/audit.ts'
import { isHeldBy } from '../../src/core/elevation/elevation.ts'
import { hasEnded } from '../../src/core/elevation/lifecycle.ts'
import { reconcile } from '../../src/flows/track/reconcile.ts'
import { noon } from '../core/sample-elevations.ts'
import { realAudit } from '../flows/harness.ts'
import { accountOf, startProcess, type Account } from './machine.ts'
import { anyStep, type Step } from './any-step.ts'
import { take, texts, type World } from './steps.ts'
import { ModelTenant, type Kind } from './tenant.ts'

const kinds = ['azure', 'entra', 'group'] as const

/**
 * Two people in two tenants, on one machine. After every step what pim shows is what the tenants hold,
 * or it says that it could not ask; whatever is active is on record, and nothing on record as ended is.
 */
test('what pim shows and records is what the tenants hold', { timeout: 900_000 }, async () => {
  const runs = Number(process.env.PIM_MODEL_RUNS ?? 500)
  const isShrinking = process.env.PIM_MODEL_SHRINK !== undefined
  const seed = Number(process.env.PIM_MODEL_SEED ?? 20_261_130)
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: isShrinking ? 1 : 20, maxLength: 20 }), live),
    { numRuns: runs, seed, endOnFailure: !isShrinking },
  )
})

async function live(steps: readonly Step[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'pim-model-'))
  try {
    const world = createModelWorld(folder)
    for (const step of steps) {
      await take(step, world)
      await assertTrue(world)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function createModelWorld(folder: string): World {
  let time = noon.getTime()
  let ahead = 0
  const trueNow = (): Date => new Date(time)
  const localNow = (): Date => new Date(time + ahead)
  const tenants = ['contoso', 'fabrikam'].map(
    (name) => new ModelTenant(name, ['alice', 'bob'], trueNow),
  )
  const accounts = tenants.flatMap((tenant) =>
    tenant.people.map((person) => accountOf(tenant, person)),
  )
  const [first] = accounts
  return {
    folder,
    audit: realAudit(join(folder, 'audit'), localNow),
    accounts,
    signedIn: first === undefined ? [] : [first],
    localNow,
    trueNow,
    pass: (span) => {
      time += span.seconds * 1000
    },
    // No clock is days off.
    jump: (count) => {
      ahead = Math.max(-24, Math.min(24, (ahead + count * 1000) / 3_600_000)) * 3_600_000
    },
    inUse: new Set(),
    helpers: [],
    endedAt: new Map(),
    nextId: 0,
    asked: 0,
  }
}

async function assertTrue(world: World): Promise<void> {
  const { deps } = startProcess(world)
  const shown = await reconcile(await deps.records.list(), deps)
  const log = await world.audit.records()
  for (const account of world.accounts) {
    for (const kind of kinds) {
      const own = shown.filter(
        ({ elevation }) =>
          elevation.target === texts[kind] && isHeldBy(elevation, account.identity),
      )
      assertShown(own, account, kind, world)
      assertOnRecord(account, kind, log)
    }
  }
  assertEndsAreTrue(log, world)
}

/** What is confirmed is true; what is true, and pim asked for, is shown, or why it could not be asked. */
function assertShown(
  own: Awaited<ReturnType<typeof reconcile>>,
  { tenant, person, identity }: Account,
  kind: Kind,
  { endedAt, trueNow, localNow, signedIn }: World,
): void {
  const request = tenant.active(person, kind)
  const confirmed = own.filter(
    ({ elevation, trouble }) => trouble === undefined && elevation.state === 'active',
  )
  const ended = endedAt.get(`${person.id} ${kind}`) ?? 0
  const isJustEnded = trueNow().getTime() - ended <= 31_000
  const where = `${identity.name} ${kind}`
  if (request === undefined && !isJustEnded) {
    expect(
      confirmed.map(({ elevation }) => elevation.id),
      `${where}: shown as active`,
    ).toEqual([])
  }
  if (request === undefined || !isOfPim(request)) return
  const isSignedIn = signedIn.some((each) => each.identity === identity)
  const isSaid = own.some(({ elevation, trouble }) => {
    if (isSignedIn) return trouble === undefined && !hasEnded(elevation.state)
    // What was confirmed a moment ago is not asked about again.
    const age = localNow().getTime() - (elevation.confirmedAt?.getTime() ?? 0)
    return trouble !== undefined || (age >= 0 && age <= 30_000)
  })
  expect(isSaid, `${where}: active, and not shown`).toBe(true)
}

function isOfPim({ justification }: { readonly justification: string | undefined }): boolean {
  return justification?.startsWith('pim ') === true
}

function assertOnRecord(
  { tenant, person }: Account,
  kind: Kind,
  log: readonly AuditRecord[],
): void {
  const request = tenant.active(person, kind)
  if (request === undefined || !isOfPim(request)) return
  const asked = log.filter(({ event }) => event === 'elevation.requested')
  expect(asked.map(({ justification }) => justification)).toContain(request.justification)
}

const endings = [
  'elevation.released',
  'elevation.denied',
  'elevation.canceled',
  'elevation.failed',
  'elevation.expired',
]

/** What is on record as ended, and not as active since, is active nowhere. */
function assertEndsAreTrue(log: readonly AuditRecord[], { accounts }: World): void {
  const last = new Map<string, AuditRecord>()
  for (const record of log) {
    const { event, elevationId } = record
    if (elevationId !== undefined && event.startsWith('elevation.')) {
      if (event !== 'elevation.release-failed') last.set(elevationId, record)
    }
  }
  const reasons = new Map(
    log
      .filter(({ event }) => event === 'elevation.requested')
      .map(({ elevationId, justification }) => [elevationId, justification]),
  )
  for (const [id, { event, providerRequestId }] of last) {
    if (!endings.includes(event)) continue
    const active = accounts.flatMap(({ tenant, person }) =>
      kinds.flatMap((kind) => tenant.active(person, kind) ?? []),
    )
    const isActive = active.some(
      (request) => request.id === providerRequestId || request.justification === reasons.get(id),
    )
    expect(isActive, `${id} is on record as ${event}, and active`).toBe(false)
  }
}
