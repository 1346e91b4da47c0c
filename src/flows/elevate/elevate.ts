import type { ElevateDeps } from './deps.ts'
import type { Outcome } from './persist.ts'
import type { Secret } from '../../core/credentials.ts'
import { asPimError } from '../../core/errors.ts'
import type { ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { Provider } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import { activate } from './activate.ts'
import { consider, requirementsFor, type Decided } from './plan.ts'
import { claimed } from './reuse.ts'
import { requested, stoppedBefore } from '../record/events.ts'
import { ensureStore } from './persist.ts'
import { beginWork, finishAbandoned } from '../record/unfinished.ts'

/** How long others are waited for: longer than a person takes to find a one-time code. */
const patienceSeconds = 120

/**
 * Elevates to one target, or finds that it is active already. Whoever asks for the same target
 * meanwhile, in whichever process, shares this elevation.
 */
export async function elevate(request: ElevationRequest, deps: ElevateDeps): Promise<Outcome> {
  const target = formatTarget(request.target)
  try {
    const provider = await deps.provider(request.target.provider)
    const requirements = await requirementsFor(request.target, provider, deps)
    const decide = (): Promise<Decided> => consider(request, requirements, provider, deps)
    const before = await idsOf(target, deps)
    const decided = await decide()
    if (decided.kind === 'already-active')
      return await claimed(request, decided.held, provider, deps)
    // Before the lock, which lies beside the log: what cannot be recorded is refused as such.
    await deps.audit.ensureWritable()
    if (provider.access === 'session') await ensureStore(request, deps)
    let hasWaited = false
    const onWait: Parameters<typeof deps.flights.run>[1]['onWait'] = (holder) => {
      hasWaited = true
      deps.tell.waiting(target, holder && `\`${holder.command}\` (process ${holder.pid})`)
    }
    const hasOwnInput = deps.hasMfaCode && decided.plan.mfaDevices.length > 0
    const options = {
      signal: deps.signal,
      patienceSeconds,
      onWait,
      hasOwnInput,
      sharesRefusals: await sharedBy(decided.plan, provider, deps),
    }
    try {
      const outcome = await deps.flights.run(target, options, async () => {
        const isStale = hasWaited || (await idsOf(target, deps)) !== before
        const again = isStale ? await decide() : decided
        if (again.kind === 'already-active') return { ...again.held, changed: false }
        // By one process for all that wait: checking a long log takes its time.
        await deps.audit.ensureSound()
        return carryOutWithCodes(again.plan, request, provider, deps)
      })
      return await claimed(request, outcome, provider, deps)
    } finally {
      await finishAbandoned(deps)
    }
  } catch (error) {
    throw asPimError(error).about(target)
  }
}

/** Which elevations of a target are remembered: they change when another process has been at work. */
async function idsOf(target: string, { records }: ElevateDeps): Promise<string> {
  return (await records.of(target)).map(({ id }) => id).join(' ')
}

/**
 * Who asks for the very same, as the same account and with the same means, shares a refusal. What is refused
 * to one for its missing ticket, its duration or for want of a person may be granted to another.
 */
async function sharedBy(
  { justification, ticket, asked, duration, start, mfaDevices }: ElevationPlan,
  provider: Provider,
  { mayAskAgain }: ElevateDeps,
): Promise<string> {
  const account = await provider.configuration()
  const wish = [justification, ticket, asked, duration, start, mfaDevices]
  return JSON.stringify([account, ...wish, mayAskAgain])
}

/** As many tries as `sudo` gives. */
const codeTries = 3

/** Asks again after a wrong one-time code; every try is a request of its own, on record with its refusal. */
async function carryOutWithCodes(
  plan: ElevationPlan,
  request: ElevationRequest,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Outcome> {
  let next = plan
  for (let left = codeTries - 1; ; left -= 1) {
    try {
      return await carryOut(next, request, provider, deps)
    } catch (error) {
      const { code, message } = asPimError(error)
      if (code !== 'mfa-code-refused' || !deps.mayAskAgain || left === 0) throw error
      deps.tell.notice(formatTarget(plan.target), `${message}; wait for the next code`)
      next = { ...plan, id: deps.newId(), requestedAt: deps.now() }
    }
  }
}

/** Carries out a plan. The record comes first: if it cannot be written, nothing is asked for. */
async function carryOut(
  plan: ElevationPlan,
  request: ElevationRequest,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Outcome> {
  const mfaCodes: Secret[] = []
  for (const device of plan.mfaDevices) {
    mfaCodes.push(await deps.askMfaCode(device, formatTarget(plan.target)))
  }
  await deps.audit.append(requested(plan, deps.actor))
  const note = await beginWork({ items: [], ending: stoppedBefore(plan) }, deps)
  try {
    const held = await activate(plan, { ...request, mfaCodes, note }, provider, deps)
    await note.end()
    return { ...held, changed: true }
  } catch (error) {
    // The record may be missing, and credentials may be left.
    await note.leave()
    throw asPimError(error).of(plan.id)
  }
}
