import type { AuditRecord } from '../core/audit.ts'
import { asPimError, PimError, worstExitCode } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { ElevationRequest } from '../core/plan.ts'
import { formatTarget, type Target } from '../core/target.ts'
import type { Deps } from '../deps.ts'
import { discover, resolveTargets } from '../flows/discover.ts'
import { elevate, type ElevateDeps, type Outcome } from '../flows/elevate.ts'
import { sweepAbandoned } from '../flows/keep.ts'
import { clearEnded } from '../flows/release.ts'
import type { WaitLimit } from '../flows/settle.ts'
import { outcomeLine } from '../ui/elevation.ts'
import { showPlans } from './dry-run.ts'
import { elevateDeps } from './elevate-deps.ts'
import { resume } from './known.ts'
import { withMfaToken } from './mfa-token.ts'
import { reportOutcomes, settleOrLeave, type OnInterrupt, type Result } from './outcomes.ts'
import {
  readLimit,
  readWish,
  requestsFor,
  withJustification,
  type RequestFlags,
} from './request.ts'

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
  const asked = flags.dryRun === true ? wish : await withJustification(wish, targets, deps)
  const requests = requestsFor(targets, { ...asked, mustKeep: true }, limit)
  const tools = elevateDeps(deps, flags.mfaToken)
  if (flags.dryRun === true) return showPlans(requests, tools, deps.io)
  const results = await Promise.all(
    requests.map((request) => attempt(request, limit, flags, deps, tools)),
  )
  reportOutcomes(results, deps)
  const tidied = clearEnded(deps).then(() => sweepAbandoned(deps))
  await tidied.catch((error: unknown) => deps.io.detail(asPimError(error).message))
  await resume((await deps.records.read()).elevations, deps)
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

/** The targets that were named; without any, a person picks, or every missing input is named at once. */
async function chooseTargets(
  words: readonly string[],
  hasJustification: boolean,
  deps: Deps,
): Promise<readonly Target[]> {
  if (words.length > 0) return resolveTargets(words, deps)
  if (!deps.mayPrompt) throw missingInput(hasJustification)
  return pickTargets(deps)
}

function missingInput(hasJustification: boolean): PimError {
  const wanted = hasJustification ? 'a target' : 'a target and a justification (`-j`)'
  return new PimError('usage', 'missing-input', `${wanted} must be given`, {
    hint: 'as in `pim elevate aws:prod-admin -j "restart the queue"`; `pim list` shows the targets',
  })
}

async function pickTargets(deps: Deps): Promise<readonly Target[]> {
  const [{ targets, troubles }, counts] = await Promise.all([discover(deps), countUses(deps)])
  for (const { provider, error, isSetUp } of troubles) {
    if (isSetUp) deps.io.warn(`${provider}: ${printable(error.message)}`)
  }
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
