import type { AuditLog } from '../core/audit.ts'
import { minutes, seconds, type Duration } from '../core/duration.ts'
import { endingAt, type Elevation, type ElevationRecords } from '../core/elevation.ts'
import { PimError } from '../core/errors.ts'
import type { Flights } from '../core/flight.ts'
import type { Progress, Provider } from '../core/provider.ts'
import { askAgain, type PatienceDeps } from './asking-again.ts'
import type { Tell, Outcome } from './elevate.ts'
import { becameActive, cameToNothing } from './elevation-events.ts'
import { awaitsApproval, nothing, notYet } from './unsettled.ts'

/** How much must be true before an elevation counts as done. */
export const waits = ['none', 'active', 'effective'] as const

export type Wait = (typeof waits)[number]

/** How far, and how long, an elevation is waited for. */
export interface WaitLimit {
  readonly wait: Wait
  readonly timeout: Duration
  /** How long for an approver; `until-interrupted` where a person looks on. */
  readonly approval: Duration | 'until-interrupted'
}

export interface SettleDeps extends PatienceDeps {
  readonly flights: Flights
  readonly records: ElevationRecords
  readonly audit: AuditLog
  readonly tell: Tell
}

/**
 * Waits for an approver, until the provider lists an elevation as active, and then until it works.
 * Throws `pending`, exit code 5, when a wait ended first: the request stands all the same. Throws
 * `refused` where it came to nothing. What begins later is not waited for.
 */
export async function settle(
  outcome: Outcome,
  provider: Provider,
  limit: WaitLimit,
  deps: SettleDeps,
): Promise<Outcome> {
  const decided = await untilDecided(outcome, provider, limit, deps)
  const { state, startsAt } = decided.elevation
  if (limit.wait === 'none') {
    assertKnownStatus(decided.elevation)
    return decided
  }
  if (!decided.changed && state === 'active') return decided
  if (state === 'scheduled' && startsAt > deps.now()) return decided
  const wanted = { limit, provider, from: deps.now() }
  const elevation =
    provider.access === 'session'
      ? decided.elevation
      : await untilActive(decided.elevation, wanted, deps)
  const settled = { ...decided, elevation }
  if (limit.wait === 'effective') await untilEffective(settled, wanted, deps)
  return settled
}

interface Wanted {
  readonly limit: WaitLimit
  readonly provider: Provider
  readonly from: Date
}

const patienceSeconds = 10

const approvalPauses = [2, 3, 5, 8, 13, 20, 30].map(seconds)

/** What waits for an approver, as it was decided. */
async function untilDecided(
  outcome: Outcome,
  provider: Provider,
  { approval }: WaitLimit,
  deps: SettleDeps,
): Promise<Outcome> {
  const { elevation } = outcome
  if (elevation.state !== 'pending-approval') return outcome
  const isForever = approval === 'until-interrupted'
  if (!isForever && approval.seconds === 0) throw awaitsApproval(elevation)
  let isSaid = false
  const progress = await askAgain(
    {
      ask: async () => {
        const found = await provider.progress(elevation, deps.signal)
        if (found.state !== 'pending-approval') return found
        if (!isSaid) await sayWho(elevation, provider, deps)
        isSaid = true
        return undefined
      },
      pauses: approvalPauses,
      withJitter: true,
      from: deps.now(),
      limit: isForever ? undefined : approval,
      tooLate: () => awaitsApproval(elevation),
      onWait: (elapsed, trouble) =>
        deps.tell.progress(elevation.target, trouble?.message ?? 'waits for an approver', elapsed),
    },
    deps,
  )
  if (!onItsWay.includes(progress.state) && progress.state !== 'active') {
    return comeToNothing(elevation, progress, deps)
  }
  const decided =
    progress.state === 'active'
      ? await confirmed(elevation, progress, deps)
      : { ...elevation, state: progress.state }
  await deps.records.put(decided)
  return { ...outcome, elevation: decided, changed: true }
}

/** Who can approve is worth knowing, and no reason to fail. */
async function sayWho(
  { target, providerRequestId }: Elevation,
  { approvals }: Provider,
  { tell, signal }: SettleDeps,
): Promise<void> {
  if (approvals === undefined || providerRequestId === undefined) return
  const request = await approvals.find(providerRequestId, signal).catch(() => undefined)
  const running = request?.stages.find(({ result }) => result === undefined)
  const approvers = [...new Set(running?.approvers)]
  const who = approvers.length === 0 ? 'an approver' : approvers.join(', ')
  tell.news(target, `request ${providerRequestId} waits for ${who}`)
}

const onItsWay: readonly Progress['state'][] = ['provisioning', 'scheduled']

async function untilActive(asked: Elevation, wanted: Wanted, deps: SettleDeps): Promise<Elevation> {
  const progress = await retry(asked, 'not listed as active yet', wanted, deps, async () => {
    const found = await wanted.provider.progress(asked, deps.signal)
    if (found.state === 'pending-approval') throw awaitsApproval(asked)
    return onItsWay.includes(found.state) ? undefined : found
  })
  if (progress.state !== 'active') return comeToNothing(asked, progress, deps)
  return confirmed(asked, progress, deps)
}

/** The elevation as the provider lists it, on record as active from here on. */
async function confirmed(
  asked: Elevation,
  { startsAt, expiresAt }: Progress,
  { audit, flights, records, now, signal }: SettleDeps,
): Promise<Elevation> {
  const active: Elevation = {
    ...(expiresAt === undefined ? asked : endingAt(asked, expiresAt)),
    state: 'active',
    confirmedAt: now(),
    ...(startsAt !== undefined && { startsAt }),
  }
  // `pim status` beside this may have been told just before, and have recorded it.
  return flights.run(asked.target, { signal, patienceSeconds }, async () => {
    const latest = await records.get(asked.target)
    const known = latest?.id === asked.id ? latest : asked
    const head = known.state === 'active' ? known.audit : await audit.append(becameActive(active))
    const elevation = { ...active, ...(head !== undefined && { audit: head }) }
    await records.put(elevation)
    return elevation
  })
}

async function comeToNothing(
  asked: Elevation,
  progress: Progress,
  { audit, flights, records, signal }: SettleDeps,
): Promise<never> {
  const event = cameToNothing(asked, progress)
  await flights.run(asked.target, { signal, patienceSeconds }, async () => {
    const isRecorded = (await audit.records()).some(
      (record) => record.elevationId === asked.id && record.event === event.event,
    )
    if (!isRecorded) await audit.append(event)
    await records.remove(asked)
  })
  throw nothing(asked, progress)
}

/** Rights spread from server to server: one that answers yes may stand beside one that does not. */
const passes = { session: 1, grant: 2 } as const

async function untilEffective(outcome: Outcome, wanted: Wanted, deps: SettleDeps): Promise<void> {
  const { provider } = wanted
  let passed = 0
  await retry(outcome.elevation, 'active, but does not work yet', wanted, deps, async () => {
    const works = await provider.isEffective(outcome.elevation, outcome.credentials, deps.signal)
    passed = works ? passed + 1 : 0
    return passed >= passes[provider.access] ? true : undefined
  })
}

const pauses = [1, 1, 2, 3, 5].map(seconds)

function retry<Answer>(
  elevation: Elevation,
  what: string,
  { limit, from }: Wanted,
  deps: SettleDeps,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  return askAgain(
    {
      ask,
      pauses,
      from,
      limit: limit.timeout,
      tooLate: () => notYet(elevation, what, limit),
      onWait: (elapsed, trouble) =>
        deps.tell.progress(elevation.target, trouble?.message ?? what, elapsed),
    },
    deps,
  )
}

/** How long an approver has, where nobody said. */
export const noApprovalWait: Duration = minutes(0)

/** Who does not wait must not take a word that nobody knows for a good one. */
function assertKnownStatus({ target, id, providerRequestId, facts, state }: Elevation): void {
  if (facts.unknownStatus === undefined || state === 'active') return
  const request = providerRequestId ?? id
  const message = `the status of request ${request} is \`${facts.unknownStatus}\``
  throw new PimError('pending', 'unknown-status', message, {
    target,
    hint: 'pim does not know this status; the request stands',
    provider: { code: facts.unknownStatus },
  })
}
