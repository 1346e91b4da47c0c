import type { AuditEvent, AuditHead, AuditLog } from '../core/audit.ts'
import type { CredentialStores, Secret } from '../core/credentials.ts'
import { toIsoDuration } from '../core/duration.ts'
import type { Actor, Elevation, ElevationRecords } from '../core/elevation.ts'
import { asPimError, PimError } from '../core/errors.ts'
import type { Flights } from '../core/flight.ts'
import { cap, type ElevationPlan, type ElevationRequest } from '../core/plan.ts'
import type { Activation, CloudIdentity, Provider } from '../core/provider.ts'
import type { Settings } from '../core/settings.ts'
import { formatTarget, type ProviderId } from '../core/target.ts'
import { consider, requirementsFor } from './consider.ts'
import { keep, type Held } from './keep.ts'

export interface ElevateDeps {
  readonly provider: (id: ProviderId) => Promise<Provider>
  readonly settings: () => Promise<Settings>
  readonly records: ElevationRecords
  readonly stores: CredentialStores
  readonly flights: Flights
  readonly audit: AuditLog
  readonly actor: Actor
  readonly now: () => Date
  readonly newId: () => string
  readonly signal: AbortSignal
  /** Asks for a device's one-time code, or throws where nobody can be asked. */
  readonly askMfaCode: (device: string, target: string) => Promise<Secret>
  readonly tell: Tell
}

/** What a person is told on the way; silent where nobody listens. */
interface Tell {
  readonly plan: (plan: ElevationPlan, identity: CloudIdentity | undefined) => void
  readonly notice: (target: string, text: string) => void
  readonly waiting: (target: string, holder: string | undefined) => void
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
    const decided = await consider(request, requirements, provider, deps)
    if (decided.kind === 'already-active') return { ...decided.held, changed: false }
    // Before the lock, which lies beside the log: what cannot be recorded is refused as such.
    await deps.audit.ensureSound()
    await ensureStore(request, deps)
    return await deps.flights.run(
      target,
      {
        signal: deps.signal,
        patienceSeconds,
        onWait: (holder) =>
          deps.tell.waiting(target, holder && `\`${holder.command}\` (process ${holder.pid})`),
      },
      async () => {
        const again = await consider(request, requirements, provider, deps)
        return again.kind === 'already-active'
          ? { ...again.held, changed: false }
          : carryOut(again.plan, provider, deps)
      },
    )
  } catch (error) {
    throw asPimError(error).about(target)
  }
}

/** A store that was chosen by name and does not work throws here, before anything is issued. */
async function ensureStore({ mustKeep }: ElevationRequest, { stores }: ElevateDeps): Promise<void> {
  const store = await stores.choose()
  if (store.name !== 'memory' || mustKeep !== true) return
  throw new PimError('usage', 'no-credential-store', 'there is no store to keep credentials in', {
    hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file; `pim exec` and `pim env` work without a store, `pim doctor` says more',
  })
}

/** Carries out a plan. The record comes first: if it cannot be written, the provider is not called. */
async function carryOut(
  plan: ElevationPlan,
  provider: Provider,
  deps: ElevateDeps,
): Promise<Outcome> {
  const mfaCodes: Secret[] = []
  for (const device of plan.mfaDevices) {
    mfaCodes.push(await deps.askMfaCode(device, formatTarget(plan.target)))
  }
  await deps.audit.append(requested(plan, deps.actor))
  const { activation, identity } = await askProvider(plan, mfaCodes, provider, deps)
  const head = await recordOutcome(plan, activation, identity, deps)
  for (const notice of activation.notices) deps.tell.notice(formatTarget(plan.target), notice)
  const made = toElevation(plan, activation, identity, head, deps.actor)
  const elevation = outliving(await deps.records.get(made.target), made, deps)
  return { ...(await keep(elevation, activation.credentials, provider, deps)), changed: true }
}

/** What an earlier session handed out lives on, whatever takes its place here. */
function outliving(
  before: Elevation | undefined,
  elevation: Elevation,
  { now, tell }: ElevateDeps,
): Elevation {
  if (before === undefined || before.accessEndsAt <= now()) return elevation
  if (before.accessEndsAt <= elevation.accessEndsAt) return elevation
  const until = before.accessEndsAt.toISOString()
  tell.notice(elevation.target, `keys of the session before, ${before.id}, work until ${until}`)
  return { ...elevation, accessEndsAt: before.accessEndsAt }
}

/** What was granted cannot be taken back; where that cannot be recorded, it is thrown away unused. */
async function recordOutcome(
  plan: ElevationPlan,
  activation: Activation,
  identity: CloudIdentity | undefined,
  deps: ElevateDeps,
): Promise<AuditHead> {
  try {
    return await deps.audit.append(activated(plan, activation, identity, deps.actor))
  } catch (error) {
    const { code, message, hint, kind } = asPimError(error)
    const until = activation.accessEndsAt.toISOString()
    throw new PimError(
      kind,
      code,
      `granted, but thrown away, since the outcome could not be recorded; its keys live until ${until}: ${message}`,
      { hint, cause: error },
    )
  }
}

interface Answer {
  readonly activation: Activation
  readonly identity: CloudIdentity | undefined
}

async function askProvider(
  plan: ElevationPlan,
  mfaCodes: readonly Secret[],
  provider: Provider,
  deps: ElevateDeps,
): Promise<Answer> {
  try {
    const identity = await provider.identify(plan.target, deps.signal)
    const longest = identity?.longest
    const capped = longest === undefined ? plan : cap(plan, longest.duration, longest.why)
    deps.tell.plan(capped, identity)
    const attempt = { plan: capped, identity, mfaCodes, actor: deps.actor, signal: deps.signal }
    return { activation: await provider.activate(attempt), identity }
  } catch (error) {
    const failure = asPimError(error)
    await deps.audit.append(failed(plan, failure))
    throw failure
  }
}

function requested(plan: ElevationPlan, actor: Actor): AuditEvent {
  const { target } = plan
  return {
    event: 'elevation.requested',
    elevationId: plan.id,
    target: formatTarget(target),
    role: target.role,
    scope: target.scope,
    justification: plan.justification,
    ...(plan.ticket !== undefined && { ticket: { ...plan.ticket } }),
    duration: toIsoDuration(plan.duration),
    actor: { ...actor },
  }
}

function activated(
  plan: ElevationPlan,
  activation: Activation,
  identity: CloudIdentity | undefined,
  actor: Actor,
): AuditEvent {
  return {
    event: 'elevation.active',
    elevationId: plan.id,
    target: formatTarget(plan.target),
    expiresAt: activation.expiresAt.toISOString(),
    accessEndsAt: activation.accessEndsAt.toISOString(),
    ...activation.facts,
    ...(activation.providerRequestId !== undefined && {
      providerRequestId: activation.providerRequestId,
    }),
    actor: { ...withIdentity(actor, identity) },
  }
}

function failed(plan: ElevationPlan, error: PimError): AuditEvent {
  return {
    event: 'elevation.failed',
    elevationId: plan.id,
    target: formatTarget(plan.target),
    error: error.toJSON(),
  }
}

function withIdentity(actor: Actor, identity: CloudIdentity | undefined): Actor {
  return identity === undefined ? actor : { ...actor, identity: identity.name }
}

function toElevation(
  plan: ElevationPlan,
  activation: Activation,
  identity: CloudIdentity | undefined,
  audit: AuditHead,
  actor: Actor,
): Elevation {
  const { startsAt, expiresAt, accessEndsAt, clockAheadMs, facts, providerRequestId } = activation
  return {
    id: plan.id,
    target: formatTarget(plan.target),
    provider: plan.target.provider,
    role: plan.target.role,
    scope: plan.target.scope,
    state: activation.state,
    requestedAt: plan.requestedAt,
    startsAt,
    expiresAt,
    accessEndsAt,
    justification: plan.justification,
    ...(plan.ticket !== undefined && { ticket: plan.ticket }),
    actor: withIdentity(actor, identity),
    ...(providerRequestId !== undefined && { providerRequestId }),
    audit,
    asked: plan.asked,
    clockAheadMs,
    handedOut: [],
    facts,
  }
}
