import { latestOf, type Elevation } from '../../core/elevation/elevation.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import type { SecondReason } from '../../core/elevation/second-reason.ts'
import type { Secret } from '../../core/credentials.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import { elevate } from '../elevate/elevate.ts'
import type { ElevateDeps } from '../elevate/deps.ts'
import { heldUnderName, serves, unlessLost, type Served } from './held-session.ts'
import { heldCredentials } from '../elevate/persist.ts'
import type { DiscoverDeps } from '../discover/discover.ts'
import { resolveTargets } from '../discover/resolve-targets.ts'

/** A way in which credentials leave pim; the first time each is used, the log says so. */
export type Channel = 'credential_process' | 'env'

/**
 * Serves a program that asks for credentials again and again. What is live is handed out as it is;
 * without it an elevation is made if a justification was left for that, and otherwise refused
 * with the command to type.
 */
export async function serve(
  word: string,
  standing: Pick<ElevationRequest, 'justification' | 'ticket' | 'duration'>,
  deps: ElevateDeps,
): Promise<Served> {
  const mayRenew = standing.justification !== undefined
  const quick = await heldUnderName(word, mayRenew, deps)
  if (quick !== undefined && serves(quick.elevation, mayRenew, deps.now())) return quick
  const target = await onlyTarget(word, deps)
  const provider = await deps.provider(target.provider)
  if (provider.access === 'grant') throw noCredentials(target)
  const text = formatTarget(target)
  const held = quick ?? (await unlessLost(text, mayRenew, heldCredentials(target, provider, deps)))
  if (held?.credentials !== undefined && serves(held.elevation, mayRenew, deps.now())) {
    return { elevation: held.elevation, credentials: held.credentials, provider }
  }
  if (!mayRenew) throw nothingToServe(text)
  const { elevation, credentials } = await elevate({ target, ...standing, force: false }, deps)
  return { elevation, credentials: handedOut(credentials, target), provider }
}

/** The one target that a word means. Throws `usage` where it means several. */
export async function onlyTarget(word: string, deps: DiscoverDeps): Promise<Target> {
  const [target, ...others] = await resolveTargets([word], deps)
  if (target !== undefined && others.length === 0) return target
  throw new PimError('usage', 'several-targets', `\`${word}\` names several targets`, {
    hint: 'name one target',
  })
}

/**
 * Puts on record that credentials left pim this way, once for each elevation, and why where that is another
 * reason than the elevation's. Throws `audit` where that cannot be recorded: nothing may be handed out then.
 */
export async function recordHandOut(
  elevation: Elevation,
  channel: Channel,
  deps: ElevateDeps,
  reason?: SecondReason,
): Promise<void> {
  if (elevation.handedOut.includes(channel)) return
  const options = { signal: deps.signal, patienceSeconds: 30 }
  try {
    await deps.flights.run(elevation.target, options, () =>
      recordOnce(elevation, channel, deps, reason),
    )
  } catch (error) {
    // The lock lies beside the log: what keeps one from being written is better said of the other.
    if (isUnlockable(asPimError(error))) await deps.audit.ensureWritable()
    throw error
  }
}

async function recordOnce(
  elevation: Elevation,
  channel: Channel,
  deps: ElevateDeps,
  reason: SecondReason | undefined,
): Promise<void> {
  const { id, target, facts } = elevation
  const latest = await latestOf(elevation, deps.records)
  if (latest?.handedOut.includes(channel) === true) return
  const { accessKeyId } = facts
  await deps.audit.append({
    event: 'credentials.issued',
    elevationId: id,
    target,
    channel,
    ...(accessKeyId !== undefined && { accessKeyId }),
    ...reason,
  })
  if (latest === undefined) return
  try {
    await deps.records.put({ ...latest, handedOut: [...latest.handedOut, channel] })
  } catch (error) {
    // It is on record; at worst the next time is as well.
    deps.tell.notice(target, `could not note that it was handed out: ${asPimError(error).message}`)
  }
}

function isUnlockable({ code }: PimError): boolean {
  return code === 'lock-unusable' || code === 'flight-unusable'
}

function handedOut(credentials: Secret | undefined, target: Target): Secret {
  if (credentials !== undefined) return credentials
  throw noCredentials(target)
}

/** For a target that gives a right to one's own identity: there is nothing to hand out. */
export function noCredentials(target: Target): PimError {
  const text = formatTarget(target)
  return new PimError('usage', 'no-credentials', `\`${text}\` hands out no credentials`, {
    target: text,
    hint: `it gives the right to your own sign-in: \`pim elevate ${typed(text)}\`, then use your tools as they are`,
  })
}

function nothingToServe(target: string): PimError {
  return new PimError('usage', 'no-live-elevation', `there is no live elevation to \`${target}\``, {
    target,
    hint: `run \`pim elevate ${typed(target)} -j "…"\`, or set PIM_JUSTIFICATION to have it done here`,
  })
}
