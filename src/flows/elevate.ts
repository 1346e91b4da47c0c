import type { AuditHead, AuditLog } from '../core/audit.ts'
import type { CredentialStores, Secret } from '../core/credentials.ts'
import type { Duration } from '../core/duration.ts'
import type { Actor, Elevation, ElevationRecords } from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import type { FindingsCache } from '../core/findings.ts'
import type { Flights } from '../core/flight.ts'
import { cap, type ElevationPlan, type ElevationRequest } from '../core/plan.ts'
import type { Activation, CloudIdentity, LoadProvider, Provider } from '../core/provider.ts'
import type { Settings } from '../core/settings.ts'
import { formatTarget } from '../core/target.ts'
import { consider, requirementsFor, type Decided } from './consider.ts'
import { claimed } from './claim.ts'
import { closeBefore } from './close-before.ts'
import { answered, failed, requested } from './elevation-events.ts'
import { answeredWith, asked } from './elevation-of.ts'
import { ensureStore, keep, type Held } from './keep.ts'
import { onceForgotten } from './once-forgotten.ts'
import { askOnRecord } from './unanswered.ts'

export interface ElevateDeps {
  readonly provider: LoadProvider
  readonly settings: () => Promise<Settings>
  readonly records: ElevationRecords
  readonly findings: FindingsCache
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  readonly sleep: (duration: Duration, signal: AbortSignal) => Promise<void>
  readonly signal: AbortSignal
  /** Asks for a device's one-time code, or throws where nobody can be asked. */
  readonly askMfaCode: (device: string, target: string) => Promise<Secret>
  /** Whether that would give a code: one was handed in, or there is a person to ask. */
  readonly hasMfaCode: boolean
  /** Whether somebody is there to be asked once more after a wrong one. */
  readonly mayAskAgain: boolean
  readonly tell: Tell
}

/** What a person is told on the way; silent where nobody listens. */
export interface Tell {
  readonly plan: (plan: ElevationPlan, identity: CloudIdentity | undefined) => void
  readonly notice: (target: string, text: string) => void
  readonly waiting: (target: string, holder: string | undefined) => void
  /** Something a person wants to know at once. */
  readonly news: (target: string, text: string) => void
  /** Something takes its time: what, and for how long so far. */
  readonly progress: (target: string, text: string, elapsedSeconds: number) => void
  /** Gives back what the provider answers, and says meanwhile that the answer is still to come. */
  readonly asking: <Answer>(target: string, answer: Promise<Answer>) => Promise<Answer>
}

/** What came of a request. `changed` is false where the elevation was active already. */
export interface Outcome extends Held {
  readonly changed: boolean
}

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
    return await deps.flights
      .run(target, options, async () => {
        const isStale = hasWaited || (await idsOf(target, deps)) !== before
        const again = isStale ? await decide() : decided
        if (again.kind === 'already-active') return { ...again.held, changed: false }
        // By one process for all that wait: checking a long log takes its time.
        await deps.audit.ensureSound()
        return carryOutWithCodes(again.plan, request, provider, deps)
      })
      .then((outcome) => claimed(request, outcome, provider, deps))
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
  { untilUnused, patience, mustKeep }: ElevationRequest,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Outcome> {
  const mfaCodes: Secret[] = []
  for (const device of plan.mfaDevices) {
    mfaCodes.push(await deps.askMfaCode(device, formatTarget(plan.target)))
  }
  await deps.audit.append(requested(plan, deps.actor))
  const { activation, identity } = await askProvider(plan, { mfaCodes, patience }, provider, deps)
  const made = answeredWith(asked(plan, identity, deps.actor), activation)
  const audit = await recordOutcome(plan, made, activation, identity, provider, deps)
  for (const notice of activation.notices) deps.tell.notice(made.target, notice)
  const elevation: Elevation = { ...made, audit, ...(untilUnused && { untilUnused }) }
  await deps.findings.drop(provider.id).catch(() => undefined)
  const held = await keep(elevation, activation.credentials, provider, deps, { mustKeep })
  return { ...held, changed: true }
}

/**
 * What was granted cannot be taken back at once. Where that cannot be recorded, credentials are
 * thrown away unused; a right is remembered, so that it can be given back.
 */
async function recordOutcome(
  plan: ElevationPlan,
  made: Elevation,
  activation: Activation,
  identity: CloudIdentity | undefined,
  provider: Provider,
  deps: ElevateDeps,
): Promise<AuditHead> {
  try {
    return await deps.audit.append(answered(plan, activation, identity, deps.actor))
  } catch (error) {
    const { code, message, hint, kind } = asPimError(error)
    const until = activation.accessEndsAt.toISOString()
    const isRight = activation.credentials === undefined
    if (isRight) await keep(made, undefined, provider, deps)
    const what = isRight
      ? `granted until ${until}, but the outcome could not be recorded`
      : `granted, but thrown away, since the outcome could not be recorded; its keys live until ${until}`
    throw new PimError(kind, code, `${what}: ${message}`, { hint, cause: error })
  }
}

function maybeGranted({ kind, code, message, provider, cause }: PimError): PimError {
  return new PimError(kind, code, message, {
    hint: 'it may be granted all the same; `pim status` finds out',
    provider,
    cause,
  })
}

interface Asking {
  readonly mfaCodes: readonly Secret[]
  readonly patience: Duration | undefined
}

interface Answer {
  readonly activation: Activation
  readonly identity: CloudIdentity | undefined
}

async function askProvider(
  plan: ElevationPlan,
  { mfaCodes, patience }: Asking,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Answer> {
  const { asking } = deps.tell
  const target = formatTarget(plan.target)
  try {
    const identity = await asking(target, provider.identify(plan.target, deps.signal))
    const longest = identity?.longest
    const capped = longest === undefined ? plan : cap(plan, longest.duration, longest.why)
    await closeBefore(plan, identity?.identity, provider, deps)
    deps.tell.plan(capped, identity)
    const attempt = { plan: capped, identity, mfaCodes, actor: deps.actor, signal: deps.signal }
    const ask = (): Promise<Activation> => asking(target, provider.activate(attempt))
    const activation = await askOnRecord(capped, identity, provider, deps, () =>
      onceForgotten(target, ask, plan.start === undefined ? patience : undefined, deps),
    )
    return { activation, identity }
  } catch (error) {
    const failure = asPimError(error)
    const remembered = (await deps.records.of(target)).find(({ id }) => id === plan.id)
    const isUnanswered = remembered?.unanswered === true
    await deps.audit.append(failed(plan, failure, isUnanswered))
    throw isUnanswered ? maybeGranted(failure) : failure
  }
}
