import { formatWhen } from '../../core/time/local-time.ts'
import type { Secret } from '../../core/credentials.ts'
import type { Duration } from '../../core/time/duration.ts'
import { locally, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { cap, type ElevationPlan } from '../../core/elevation/plan.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { Activation, CloudIdentity, Provider } from '../../core/provider.ts'
import { formatTarget } from '../../core/target.ts'
import type { UnfinishedNote } from '../../core/unfinished.ts'
import { closeBefore } from '../track/close-unconfirmed.ts'
import type { ElevateDeps } from './deps.ts'
import { answered, failed, maybeIssued } from '../record/events.ts'
import { answeredWith, asked } from '../record/new-elevation.ts'
import { keep, type Held } from './persist.ts'
import { onceForgotten } from './reactivation-wait.ts'
import { askOnRecord } from '../track/unconfirmed.ts'
import { credentialsLost } from '../record/unfinished.ts'
import { isAnswerLost, mayBeGranted, mayBeIssued } from './wait-errors.ts'

type Means = Pick<ElevationRequest, 'untilUnused' | 'patience' | 'mustKeep'> & {
  readonly mfaCodes: readonly Secret[]
  readonly note: UnfinishedNote
}

/**
 * Asks the provider for what a plan says, records its answer, and keeps the elevation. Throws what the
 * provider does, what the log does, and `not-kept`.
 */
export async function activate(
  plan: ElevationPlan,
  { untilUnused, patience, mustKeep, mfaCodes, note }: Means,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Held> {
  const asking = { mfaCodes, patience, note }
  const { activation, identity } = await askProvider(plan, asking, provider, deps)
  const made = answeredWith(asked(plan, identity, deps.actor), activation)
  const answer = answered(plan, activation, identity, deps.actor)
  const isRight = activation.credentials === undefined
  const lost = credentialsLost(made)
  // On a full disk the note keeps what it says by now, and the log decides.
  await note.update({ ending: isRight ? answer : lost }).catch(() => undefined)
  const audit = await deps.audit.append(answer).catch(async (error: unknown) => {
    // A grant cannot be released at once: pim remembers it, so that it can be released later.
    if (isRight) await keep(made, undefined, provider, deps, { note })
    throw unrecordedGrant(made, isRight, asPimError(error), deps.now())
  })
  for (const notice of activation.notices) deps.tell.notice(made.target, notice)
  const elevation: Elevation = { ...made, audit, ...(untilUnused && { untilUnused }) }
  await deps.findings.drop(provider.id).catch(() => undefined)
  return keep(elevation, activation.credentials, provider, deps, { mustKeep, note })
}

/** Credentials whose outcome is not on record are thrown away unused. */
function unrecordedGrant(made: Elevation, isRight: boolean, cause: PimError, now: Date): PimError {
  const { code, message, hint, kind } = cause
  const until = formatWhen(locally(made.accessEndsAt, made), now)
  const what = isRight
    ? `granted until ${until}, but the outcome could not be recorded`
    : `granted, but thrown away, since the outcome could not be recorded; its keys live until ${until}`
  return new PimError(kind, code, `${what}: ${message}`, { hint, cause })
}

interface Asking {
  readonly mfaCodes: readonly Secret[]
  readonly patience: Duration | undefined
  readonly note: UnfinishedNote
}

interface Answer {
  readonly activation: Activation
  readonly identity: CloudIdentity | undefined
}

async function askProvider(
  plan: ElevationPlan,
  { mfaCodes, patience, note }: Asking,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Answer> {
  const { asking } = deps.tell
  const target = formatTarget(plan.target)
  let wasAsked = false
  try {
    const identity = await asking(target, provider.identify(plan.target, deps.signal))
    const longest = identity?.longest
    const capped = longest === undefined ? plan : cap(plan, longest.duration, longest.why)
    await closeBefore(plan, identity?.identity, provider, deps)
    deps.tell.plan(capped, identity)
    const attempt = { plan: capped, identity, mfaCodes, actor: deps.actor, signal: deps.signal }
    const ask = (): Promise<Activation> => {
      wasAsked = true
      return asking(target, provider.activate(attempt))
    }
    const activation = await askOnRecord(capped, identity, provider, deps, () =>
      onceForgotten(target, ask, plan.start === undefined ? patience : undefined, deps),
    )
    return { activation, identity }
  } catch (error) {
    const failure = asPimError(error)
    if (provider.access === 'session') {
      const isLost = wasAsked && isAnswerLost(failure)
      await deps.audit.append(isLost ? maybeIssued(plan, failure) : failed(plan, failure, false))
      await note.end().catch(() => undefined)
      throw isLost ? mayBeIssued(failure) : failure
    }
    const remembered = (await deps.records.of(target)).find(({ id }) => id === plan.id)
    const isUnanswered = remembered?.unanswered === true
    await deps.audit.append(failed(plan, failure, isUnanswered))
    await note.end().catch(() => undefined)
    throw isUnanswered ? mayBeGranted(failure) : failure
  }
}
