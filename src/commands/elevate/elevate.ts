import type { AuditRecord } from '../../core/audit/audit.ts'
import { asPimError, PimError, worstExitCode } from '../../core/errors.ts'
import { missingInput } from '../../core/elevation/missing-input.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { discover } from '../../flows/discover/discover.ts'
import { resolveTargets } from '../../flows/discover/resolve-targets.ts'
import { assertSchedulable } from '../../flows/elevate/plan.ts'
import { elevate } from '../../flows/elevate/elevate.ts'
import type { ElevateDeps } from '../../flows/elevate/deps.ts'
import type { Outcome } from '../../flows/elevate/persist.ts'
import type { Needs } from '../../flows/elevate/needed-input.ts'
import { clearEnded } from '../../flows/release/release.ts'
import { finishAbandoned } from '../../flows/record/unfinished.ts'
import type { WaitLimit } from '../../flows/elevate/wait-limit.ts'
import { outcomeLine } from '../../ui/elevation.ts'
import { showPlans } from './dry-run.ts'
import { sayTroubles } from '../provider-troubles.ts'
import { elevateDeps } from './person.ts'
import { resume } from '../status/active.ts'
import { withMfaToken } from './mfa-token.ts'
import { reportOutcomes, settleOrLeave, type OnInterrupt, type Result } from './outcomes.ts'
import { withInputs } from './inputs.ts'
import { readLimit, readWish, requestsFor, type RequestFlags, type Wish } from './flags.ts'

export interface ElevateFlags extends RequestFlags {
  readonly dryRun?: boolean
  readonly onInterrupt?: OnInterrupt
}

/** `pim elevate [target…]`: one outcome and one line for each target; the exit code is the worst. */
export async function elevateCommand(
  words: readonly string[],
  given: ElevateFlags,
  deps: Deps,
): Promise<number> {
  const flags = await withMfaToken(given, deps)
  const limit = readLimit(flags, deps.mayPrompt)
  const wish = await readWish(flags, deps)
  const targets = await chooseTargets(words, wish.justification !== undefined, deps)
  if (wish.start !== undefined) await assertSchedulable(targets, wish.start, deps)
  const tools = elevateDeps(deps, flags.mfaToken)
  const requests = (asked: Wish) => requestsFor(targets, { ...asked, mustKeep: true }, limit)
  if (flags.dryRun === true) return showPlans(requests(wish), tools, deps.io)
  const inputs = await withInputs(wish, targets, flags.mfaToken, tools, deps)
  const results = await attemptAll(requests(inputs.wish), inputs.needs, (request) =>
    attempt(request, limit, flags, deps, tools),
  )
  reportOutcomes(results, deps)
  await clearEnded(deps).catch((error: unknown) => deps.io.detail(asPimError(error).message))
  await finishAbandoned(deps, deps.io.detail)
  await resume((await deps.records.read()).elevations, deps)
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

/**
 * At once, but for those that a person is asked a code for: these one after the other, in their order,
 * so that each question is about what comes next and its code is still good.
 */
async function attemptAll(
  requests: readonly ElevationRequest[],
  needs: readonly Needs[],
  run: (request: ElevationRequest) => Promise<Result>,
): Promise<readonly Result[]> {
  let before: Promise<unknown> = Promise.resolve()
  return Promise.all(
    requests.map((request, index) => {
      if ((needs[index]?.mfaDevices.length ?? 0) === 0) return run(request)
      const mine = before.then(() => run(request))
      before = mine
      return mine
    }),
  )
}

/** The targets that were named; without any, a person picks, or every missing input is named at once. */
async function chooseTargets(
  words: readonly string[],
  hasJustification: boolean,
  deps: Deps,
): Promise<readonly Target[]> {
  if (words.length > 0) return resolveTargets(words, deps)
  if (deps.mayPrompt) return pickTargets(deps)
  throw missingInput(
    [{ input: 'target' }, ...(hasJustification ? [] : [{ input: 'justification' } as const])],
    'as in `pim elevate aws:prod-admin -j "restart the queue"`; `pim list` shows the targets',
  )
}

async function pickTargets(deps: Deps): Promise<readonly Target[]> {
  const [{ targets, troubles }, counts] = await Promise.all([discover(deps), countUses(deps)])
  sayTroubles(
    troubles.filter(({ isSetUp }) => isSetUp),
    deps,
  )
  if (targets.length === 0) throw nothingEligible()
  const uses = (target: Target): number => counts.get(formatTarget(target)) ?? 0
  const byUse = targets.toSorted((one, other) => uses(other) - uses(one))
  const prompter = await deps.prompter()
  const picked = await prompter.pick('Elevate to', byUse.map(formatTarget))
  return byUse.filter((target) => picked.includes(formatTarget(target)))
}

/** Enough to tell what is used most, however long the log. */
const recentUses = 1000

async function countUses({ audit }: Pick<Deps, 'audit'>): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const reading = {
    order: 'newest-first',
    limit: recentUses,
    isWanted: ({ event }: AuditRecord) => event === 'elevation.active',
  } as const
  for await (const { target } of audit.read(reading)) {
    if (target !== undefined) counts.set(target, (counts.get(target) ?? 0) + 1)
  }
  return counts
}

function nothingEligible(): PimError {
  return new PimError('usage', 'nothing-eligible', 'there is nothing to elevate to', {
    hint: 'AWS targets are the profiles of ~/.aws/config that have a role_arn; `pim login azure` signs in to Microsoft',
  })
}

async function attempt(
  request: ElevationRequest,
  limit: WaitLimit,
  flags: ElevateFlags,
  deps: Deps,
  tools: ElevateDeps,
): Promise<Result> {
  const target = formatTarget(request.target)
  let outcome: Outcome | undefined
  try {
    outcome = await elevate(request, tools)
    const provider = await deps.provider(request.target.provider)
    outcome = await settleOrLeave(outcome, provider, limit, flags.onInterrupt, deps, tools.tell)
    deps.io.note(outcomeLine(outcome.elevation, outcome.changed, deps.now()))
    return { target, outcome }
  } catch (thrown) {
    const error = asPimError(thrown).about(target)
    return { target, error, ...(outcome !== undefined && { outcome }) }
  }
}
