import type { WaitLimit } from './wait-limit.ts'
import { minutes, seconds, type Duration } from '../../core/time/duration.ts'
import { locally, type Elevation } from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import { hasEnded } from '../../core/elevation/lifecycle.ts'
import type { Progress, Provider } from '../../core/provider.ts'
import { askAgain, type OnWait, type PatienceDeps } from '../track/poll.ts'
import type { Outcome } from './persist.ts'
import type { Reporter } from '../../core/reporter.ts'
import { progressed, type ProgressedDeps } from '../track/apply-progress.ts'
import { awaitsApproval, notBegunYet, nothing, notYet } from './wait-errors.ts'

export interface SettleDeps extends PatienceDeps, ProgressedDeps {
  readonly tell: Reporter
  /** What becomes of a request that is not remembered here: another person's is only looked at. */
  readonly ifForgotten?: 'adopt' | 'look'
  /** The id by which a person named it; that of its request is as good elsewhere. */
  readonly named?: string
}

/**
 * Waits for an approver, until the provider lists an elevation as active, and then until it works.
 * Throws `pending`, exit code 5, when a wait ended first: the request stands all the same. Throws
 * `refused` where it came to nothing. What begins later is waited for only where the limit says so.
 */
export async function settle(
  outcome: Outcome,
  provider: Provider,
  limit: WaitLimit,
  deps: SettleDeps,
): Promise<Outcome> {
  const from = deps.now()
  const decided = await untilDecided(outcome, provider, limit, deps)
  const { state, startsAt } = decided.elevation
  if (limit.wait === 'none') {
    assertKnownStatus(decided.elevation)
    return decided
  }
  if (!decided.changed && state === 'active') return decided
  const isLater = state === 'scheduled' && startsAt > deps.now()
  if (isLater && limit.start !== true) return decided
  const wanted = { limit, provider, from: isLater ? from : deps.now() }
  if (isLater) await untilBegun(decided.elevation, wanted, deps)
  const elevation =
    provider.access === 'session'
      ? decided.elevation
      : await untilActive(decided.elevation, wanted, deps)
  const settled = { ...decided, elevation, changed: decided.changed || isLater }
  if (limit.wait === 'effective') await untilEffective(settled, wanted, deps)
  return settled
}

interface Wanted {
  readonly limit: WaitLimit
  readonly provider: Provider
  readonly from: Date
}

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
  if (!isForever && approval.seconds === 0) throw awaitsApproval(elevation, deps.named)
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
      tooLate: () => awaitsApproval(elevation, deps.named),
      onWait: notes(elevation, 'waits for an approver', deps),
    },
    deps,
  )
  return { ...outcome, elevation: await standing(elevation, progress, deps), changed: true }
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

/** Says what is waited for; and once for each time that the provider is lost, wherever that is read. */
function notes({ target }: Elevation, what: string, { tell }: SettleDeps): OnWait {
  let isLost = false
  return (elapsed, trouble) => {
    if (trouble !== undefined && !isLost) tell.news(target, `${trouble.message}; still waiting`)
    isLost = trouble !== undefined
    tell.progress(target, trouble?.message ?? what, elapsed)
  }
}

/** Until the planned start, or until the provider says something else. Who has no time for that is told at once. */
async function untilBegun(asked: Elevation, wanted: Wanted, deps: SettleDeps): Promise<void> {
  const { provider, limit, from } = wanted
  const begins = locally(asked.startsAt, asked)
  const early = seconds((begins.getTime() - from.getTime()) / 1000)
  if (early.seconds >= limit.timeout.seconds) throw notBegunYet(asked, deps.now(), deps.named)
  await askAgain(
    {
      ask: async () => {
        if (deps.now() >= begins) return true
        const { state } = await provider.progress(asked, deps.signal)
        return onItsWay.includes(state) ? undefined : true
      },
      pauses: startPauses,
      from,
      limit: early,
      tooLate: () => notBegunYet(asked, deps.now(), deps.named),
      onWait: notes(asked, 'not begun yet', deps),
    },
    deps,
  )
}

const startPauses = [30].map(seconds)

const onItsWay: readonly Progress['state'][] = ['provisioning', 'scheduled']

async function untilActive(asked: Elevation, wanted: Wanted, deps: SettleDeps): Promise<Elevation> {
  const progress = await retry(asked, 'not listed as active yet', wanted, deps, async () => {
    const found = await wanted.provider.progress(asked, deps.signal)
    if (found.state === 'pending-approval') throw awaitsApproval(asked, deps.named)
    return onItsWay.includes(found.state) ? undefined : found
  })
  return standing(asked, progress, deps)
}

/** The elevation as the provider's word makes it, written down. Throws where it came to nothing. */
async function standing(
  asked: Elevation,
  progress: Progress,
  deps: SettleDeps,
): Promise<Elevation> {
  const elevation = await progressed(
    { elevation: asked, progress },
    deps,
    deps.ifForgotten ?? 'adopt',
  )
  const { state } = elevation
  if (hasEnded(progress.state)) throw nothing(asked, progress)
  if (hasEnded(state)) throw nothing(asked, { ...progress, state })
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
      tooLate: () => notYet(elevation, what, limit, deps.named),
      onWait: notes(elevation, what, deps),
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
    hint: 'pim does not know this status; the request is still open',
    provider: { code: facts.unknownStatus },
  })
}
