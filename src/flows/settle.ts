import type { AuditLog } from '../core/audit.ts'
import { formatDuration, milliseconds, seconds, type Duration } from '../core/duration.ts'
import type { Elevation, ElevationRecords } from '../core/elevation.ts'
import { asPimError, PimError, type ErrorKind } from '../core/errors.ts'
import type { Progress, Provider } from '../core/provider.ts'
import type { Tell, Outcome } from './elevate.ts'
import { becameActive, cameToNothing } from './elevation-events.ts'

/** How much must be true before an elevation counts as done. */
export const waits = ['none', 'active', 'effective'] as const

export type Wait = (typeof waits)[number]

/** How far, and how long, an elevation is waited for. */
export interface WaitLimit {
  readonly wait: Wait
  readonly timeout: Duration
}

export interface SettleDeps {
  readonly now: () => Date
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  readonly records: ElevationRecords
  readonly audit: AuditLog
  readonly tell: Tell
}

interface Wanted {
  readonly limit: WaitLimit
  readonly provider: Provider
  readonly from: Date
}

/**
 * Waits until the provider lists an elevation as active, and then until it works. Throws `pending`,
 * exit code 5, when that has not happened by the deadline or is in an approver's hands: the request
 * stands all the same. Throws `refused` where it came to nothing.
 */
export async function settle(
  outcome: Outcome,
  provider: Provider,
  limit: WaitLimit,
  deps: SettleDeps,
): Promise<Outcome> {
  const { state } = outcome.elevation
  if (state === 'pending-approval') throw awaitsApproval(outcome.elevation)
  if (limit.wait === 'none') {
    assertKnownStatus(outcome.elevation)
    return outcome
  }
  if (!outcome.changed && state === 'active') return outcome
  const wanted = { limit, provider, from: deps.now() }
  const elevation =
    provider.access === 'session'
      ? outcome.elevation
      : await untilActive(outcome.elevation, wanted, deps)
  const settled = { ...outcome, elevation }
  if (limit.wait === 'effective') await untilEffective(settled, wanted, deps)
  return settled
}

async function untilActive(asked: Elevation, wanted: Wanted, deps: SettleDeps): Promise<Elevation> {
  const what = 'not listed as active yet'
  const progress = await retry(asked, what, wanted, deps, async () => {
    const found = await wanted.provider.progress(asked, deps.signal)
    if (found.state === 'pending-approval') throw awaitsApproval(asked)
    const isOnItsWay = ['provisioning', 'scheduled'].includes(found.state)
    return isOnItsWay ? undefined : found
  })
  if (progress.state !== 'active') {
    await deps.audit.append(cameToNothing(asked, progress))
    await deps.records.remove(asked.target)
    throw nothing(asked, progress)
  }
  return confirmed(asked, progress, deps)
}

/** The elevation as the provider lists it, on record as active from here on. */
async function confirmed(
  asked: Elevation,
  { startsAt, expiresAt }: Progress,
  { audit, records }: SettleDeps,
): Promise<Elevation> {
  const active: Elevation = {
    ...asked,
    state: 'active',
    ...(startsAt !== undefined && { startsAt }),
    ...(expiresAt !== undefined && { expiresAt, accessEndsAt: expiresAt }),
  }
  const wasActive = asked.state === 'active'
  const head = wasActive ? asked.audit : await audit.append(becameActive(active))
  const elevation = { ...active, ...(head !== undefined && { audit: head }) }
  await records.put(elevation)
  return elevation
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

const pauses = [1, 1, 2, 3, 5] as const

/** Asks again and again until there is an answer. A provider that is out of reach meanwhile is asked once more. */
async function retry<Answer>(
  elevation: Elevation,
  what: string,
  { limit, from }: Wanted,
  deps: SettleDeps,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = from.getTime() + milliseconds(limit.timeout)
  for (let attempt = 0; ; attempt += 1) {
    const found = await unlessOutOfReach(() => deps.tell.asking(elevation.target, ask()))
    if (found.answer !== undefined) return found.answer
    if (deps.now().getTime() >= deadline) throw found.trouble ?? notYet(elevation, what, limit)
    const elapsed = Math.floor((deps.now().getTime() - from.getTime()) / 1000)
    deps.tell.progress(elevation.target, found.trouble?.message ?? what, elapsed)
    await deps.sleep(seconds(pauses[Math.min(attempt, pauses.length - 1)] ?? 5), deps.signal)
  }
}

async function unlessOutOfReach<Answer>(
  ask: () => Promise<Answer>,
): Promise<{ readonly answer?: Answer; readonly trouble?: PimError }> {
  try {
    return { answer: await ask() }
  } catch (thrown) {
    const trouble = asPimError(thrown)
    if (trouble.kind !== 'unavailable') throw trouble
    return { trouble }
  }
}

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

function awaitsApproval({ target, providerRequestId, id }: Elevation): PimError {
  const request = providerRequestId ?? id
  return new PimError('pending', 'awaits-approval', `request ${request} waits for an approver`, {
    target,
    hint: `the request stands; \`pim elevate ${target}\` says what has become of it`,
  })
}

function notYet({ id, target }: Elevation, what: string, { timeout, wait }: WaitLimit): PimError {
  const waited = formatDuration(timeout)
  return new PimError('pending', `not-${wait}-yet`, `elevation ${id} is ${what} after ${waited}`, {
    target,
    hint: 'it stands all the same; try again soon, or wait longer with `--timeout`',
  })
}

function nothing({ target }: Elevation, progress: Progress): PimError {
  const { state, status, reason, refusal } = progress
  if (refusal !== undefined) {
    const { kind, code, message, hint, provider } = refusal
    const because = reason === undefined ? message : `${message}: ${reason}`
    return new PimError(kind, code, because, { target, hint, provider })
  }
  const kind: ErrorKind = state === 'failed' ? 'unavailable' : 'refused'
  const why = [status ?? state, reason].filter((part) => part !== undefined).join(': ')
  return new PimError(kind, state, `the request came to nothing: ${why}`, {
    target,
    hint: state === 'denied' ? 'an approver said no' : 'ask again',
  })
}
