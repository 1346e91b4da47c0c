import { formatDuration } from '../../core/time/duration.ts'
import {
  isLongEnough,
  latestOf,
  remaining,
  type Elevation,
} from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { missingFrom, missingInput } from '../../core/elevation/missing-input.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { printable, typed } from '../../core/printable.ts'
import type { Requirements } from '../../core/elevation/requirements.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { elevate } from '../../flows/elevate/elevate.ts'
import type { Outcome } from '../../flows/elevate/persist.ts'
import { assertExtendable, releaseAndElevate } from '../../flows/use/extend.ts'
import { grantedElevation } from '../../flows/track/active-at-provider.ts'
import { lastingFirst } from '../../flows/elevate/persist.ts'
import { onlyTarget } from '../../flows/use/hand-out.ts'
import { rememberedOf } from '../../flows/track/same-role.ts'
import { settle } from '../../flows/elevate/wait.ts'
import { formatLocalTime } from '../../core/time/local-time.ts'
import { outcomeLine } from '../../ui/elevation.ts'
import { asHolder } from './as-holder.ts'
import { assertIdentityUsed } from '../account/identity-options.ts'
import { elevateDeps } from './person.ts'
import { reportOutcomes, type Result } from './outcomes.ts'
import { withMfaToken } from './mfa-token.ts'
import { readLimit, readWish, type RequestFlags } from './flags.ts'

export interface ExtendFlags extends RequestFlags {
  readonly yes?: boolean
}

/** `pim extend <target> -d …`: a new session; or, where nothing can be prolonged, released and asked for again. */
export async function extendCommand(word: string, given: ExtendFlags, deps: Deps): Promise<number> {
  const flags = await withMfaToken(given, deps)
  // What only another account holds may be no target of whoever is in use.
  const target = await onlyTarget(word, await asHolder(word, deps))
  const result = await extendTarget(target, flags, deps)
  reportOutcomes([result], deps)
  return result.error?.exitCode ?? 0
}

/** Extends one target, and says so. What fails is in the result, and not said yet. */
export async function extendTarget(
  target: Target,
  flags: ExtendFlags,
  inUse: Deps,
): Promise<Result> {
  const text = formatTarget(target)
  let current: Elevation | undefined
  try {
    await assertIdentityUsed([target], inUse)
    const deps = await asHolder(text, inUse)
    current = await currentElevation(target, deps)
    const limit = readLimit(flags, deps.mayPrompt)
    const { tell, ...tools } = elevateDeps(deps, flags.mfaToken)
    const outcome = await extend(target, current, flags, { ...deps, ...tools, tell })
    const provider = await deps.provider(target.provider)
    const settled = await settle(outcome, provider, limit, { ...deps, tell })
    deps.io.note(outcomeLine(settled.elevation, settled.changed, deps.now()))
    return { target: text, outcome: settled }
  } catch (thrown) {
    const error = asPimError(thrown).about(text)
    const left = current && (await latestOf(current, inUse.records).catch(() => current))
    // What was not released is active as before.
    return { target: text, error, ...(left && { outcome: { elevation: left, changed: false } }) }
  }
}

async function extend(
  target: Target,
  current: Elevation,
  flags: ExtendFlags,
  deps: Deps & ReturnType<typeof elevateDeps>,
): Promise<Outcome> {
  const provider = await deps.provider(target.provider)
  const { justification = current.justification, ...wish } = await readWish(flags, deps)
  const request: ElevationRequest = {
    ...wish,
    target,
    ...(justification !== '' && { justification }),
    ...(current.ticket !== undefined && wish.ticket === undefined && { ticket: current.ticket }),
  }
  const { duration } = request
  if (duration !== undefined && remaining(current, deps.now()).seconds >= duration.seconds) {
    // A typo, as `2m` for `2h`, is an error and not an answer.
    await assertExtendable(request, provider, deps)
    return { elevation: current, changed: false }
  }
  if (provider.access === 'session')
    return elevate({ ...request, force: true, mustKeep: true }, deps)
  const requirements = await provider.requirements(target, deps.signal)
  const missing = missingFrom(request, requirements)
  const isUnconfirmed = flags.yes !== true && !deps.mayPrompt
  if (missing.length > 0) {
    throw missingInput([...missing, ...(isUnconfirmed ? [{ input: 'consent' } as const] : [])])
  }
  const plan = await assertExtendable(request, provider, deps)
  // What is active for the longest allowed is worth no gap.
  if (isCut(plan) && isLongEnough(current, plan.duration, deps.now())) {
    for (const notice of plan.notices) deps.tell.notice(formatTarget(target), notice)
    return { elevation: current, changed: false }
  }
  await confirmGap(current, plan, requirements.approval, flags, deps)
  return releaseAndElevate(current, request, deps)
}

function isCut({ duration, asked }: ElevationPlan): boolean {
  return duration.seconds < asked.seconds
}

async function currentElevation(target: Target, deps: Deps): Promise<Elevation> {
  const provider = await deps.provider(target.provider)
  const [session] = lastingFirst(await rememberedOf(target, deps), deps.now())
  const known =
    provider.access === 'session' ? session : await grantedElevation(target, provider, deps)
  if (known?.state === 'active') return known
  throw new PimError('usage', 'not-active', 'it is not active', {
    target: formatTarget(target),
    hint: `there is nothing to extend; \`pim elevate ${typed(formatTarget(target))}\` asks for it`,
  })
}

const approvers: Readonly<Record<string, string>> = {
  true: ', and an approver must approve it again',
  unknown: ', and an approver may have to approve it again',
}

/** Says what Microsoft makes of it, and goes on only with a word of consent. */
async function confirmGap(
  current: Elevation,
  plan: ElevationPlan,
  approval: Requirements['approval'],
  { yes }: ExtendFlags,
  deps: Deps,
): Promise<void> {
  const text = printable(current.target)
  const end = formatLocalTime(current.expiresAt, deps.now())
  const wanted = `for ${formatDuration(plan.duration)}${isCut(plan) ? ', the longest allowed' : ''}`
  const [releases, requests, have] = yes
    ? ['releases', 'requests', 'you have']
    : ['would release', 'request', 'you would have']
  deps.io.note(
    `\`${text}\` ends at ${end}. Microsoft cannot extend it: pim ${releases} it and ${requests} it again ${wanted}. For some minutes ${have} no access${approvers[String(approval)] ?? ''}`,
  )
  if (yes === true) return
  if (!deps.mayPrompt) throw notConfirmed(current.target)
  const prompter = await deps.prompter()
  if (!(await prompter.confirm('Release it and request it again?', false)))
    throw notConfirmed(current.target)
}

function notConfirmed(target: string): PimError {
  return new PimError('usage', 'not-confirmed', 'nothing was changed', {
    target,
    hint: 'add `--yes` to release it and request it again',
  })
}
