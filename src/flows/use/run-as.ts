import { latestOf, type Elevation } from '../../core/elevation/elevation.ts'
import { ownSecrets, type SessionEnvironment } from '../../core/session.ts'
import { Secret } from '../../core/credentials.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import type { Json } from '../../core/audit/audit.ts'
import { secondReason } from '../../core/elevation/second-reason.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import type { Provider } from '../../core/provider.ts'
import type { ElevateDeps } from '../elevate/deps.ts'
import type { Outcome } from '../elevate/persist.ts'
import type { HandOver, ReleaseDeps } from '../release/release.ts'
import { settle, type SettleDeps } from '../elevate/wait.ts'
import type { WaitLimit } from '../elevate/wait-limit.ts'
import { giveBack, use, type InUse } from './usage.ts'

export interface Command {
  readonly file: string
  readonly args: readonly string[]
}

/** How a child process ended. */
interface Ending {
  /** Its exit code, or 128 and the signal's number. */
  readonly exitCode: number
  readonly signal?: string
}

export interface RunAsDeps extends ElevateDeps, SettleDeps, ReleaseDeps {
  /** Whether somebody is there who can give back later what the provider does not take back yet. */
  readonly isAttended: boolean
  /** Leaves a release to a helper that outlives this process. */
  readonly handOver: HandOver
  readonly env: Readonly<Record<string, string | undefined>>
  /** The variables by which a program would act as somebody at a cloud, whichever. */
  readonly credentialNames: () => Promise<readonly string[]>
  /**
   * Runs a program in the foreground with what it is lent, and passes signals on. Throws `PimError`
   * `command-not-found` or `command-not-runnable`.
   */
  readonly runChild: (
    command: Command,
    env: Readonly<Record<string, string>>,
    lent: readonly Elevation[],
  ) => Promise<Ending>
}

/** How a command ended, and what of it could not be released: the provider still has it as active. */
export interface Ran {
  readonly exitCode: number
  readonly notReleased: readonly PimError[]
}

/**
 * Runs a command with elevations in its environment alone, and releases afterwards what was activated
 * for it, however it ended. Throws only where the command did not run.
 */
export async function runAs(
  requests: readonly ElevationRequest[],
  command: Command,
  options: { readonly keep: boolean; readonly limit: WaitLimit },
  deps: RunAsDeps,
): Promise<Ran> {
  await refuseConflicts(requests, deps)
  const wanted = requests.map((request) => ({
    ...request,
    ...(!options.keep && { untilUnused: true as const }),
  }))
  const uses = await elevateAll(wanted, options.limit, deps)
  try {
    const { exitCode } = await runChild(command, uses, deps)
    return { exitCode, notReleased: await giveBack(uses, deps) }
  } catch (error) {
    await giveBack(uses, deps)
    throw error
  }
}

async function runChild(
  command: Command,
  uses: readonly Requested[],
  deps: RunAsDeps,
): Promise<Ending> {
  const outcomes = uses.map(({ outcome }) => outcome)
  const env = await environmentFor(outcomes, deps)
  for (const { outcome, request } of uses) {
    const details = { command: command.file, ...secondReason(request, outcome) }
    await record('command.started', [outcome], details, deps)
  }
  const lent = outcomes.map(({ elevation }) => elevation)
  const ending = await deps.runChild(command, env, lent).catch(async (thrown: unknown) => {
    // A record that a command began is closed also where it could not.
    const error = asPimError(thrown)
    const details = { command: command.file, error: error.code }
    await record('command.finished', outcomes, details, deps).catch(() => undefined)
    throw error
  })
  // The command has run: what cannot be recorded of its end must not hide its exit code.
  await record('command.finished', outcomes, { command: command.file, ...ending }, deps).catch(
    (thrown: unknown) => {
      const { message } = asPimError(thrown)
      for (const { target } of lent)
        deps.tell.notice(target, `its end is not on record: ${message}`)
    },
  )
  return ending
}

/** An elevation that a command runs with, and the request that it answers. */
interface Requested extends InUse {
  readonly request: ElevationRequest
}

/** All or nothing: where one is refused, what was activated for the others is given back. */
async function elevateAll(
  requests: readonly ElevationRequest[],
  limit: WaitLimit,
  deps: RunAsDeps,
): Promise<readonly Requested[]> {
  const uses: Requested[] = []
  const results = await Promise.allSettled(
    requests.map(async (request) => {
      const inUse = { ...(await use(request, deps)), request }
      const index = uses.push(inUse) - 1
      const provider = await deps.provider(request.target.provider)
      uses[index] = { ...inUse, outcome: await settle(inUse.outcome, provider, limit, deps) }
    }),
  )
  const refused = results.find((result) => result.status === 'rejected')
  if (refused === undefined) return uses
  const error = asPimError(refused.reason)
  // What is to be released may have to be waited for: the reason is said before.
  if (uses.length > 1 && error.target !== undefined) deps.tell.notice(error.target, error.message)
  await giveBack(uses, deps)
  throw await ifCancelled(error, uses, deps)
}

/** A request that this command made, and that was cancelled with it, is not still open. */
async function ifCancelled(
  error: PimError,
  uses: readonly InUse[],
  { records }: RunAsDeps,
): Promise<PimError> {
  if (error.code !== 'awaits-approval') return error
  const own = uses.find(({ outcome }) => outcome.elevation.target === error.target)?.outcome
  if (own === undefined || !own.changed) return error
  const { elevation } = own
  if ((await latestOf(elevation, records)) !== undefined) return error
  const request = elevation.providerRequestId ?? elevation.id
  const message = `request ${request} was not approved in time; pim cancelled it`
  return new PimError('pending', 'not-approved', message, {
    target: elevation.target,
    hint: '`--approval-timeout 30m` waits longer, `--keep` leaves the request open',
  })
}

async function environmentFor(
  outcomes: readonly Outcome[],
  deps: RunAsDeps,
): Promise<Readonly<Record<string, string>>> {
  const lent = await Promise.all(
    outcomes.map(async ({ elevation, credentials }) =>
      (await deps.provider(elevation.provider)).lend(elevation, credentials),
    ),
  )
  const marks = {
    PIM_ELEVATION_ID: outcomes.map(({ elevation }) => elevation.id).join(' '),
    PIM_TARGET: outcomes.map(({ elevation }) => elevation.target).join(' '),
  }
  const stray = await deps.credentialNames()
  const handled = lent.flatMap(({ set, unset }) => [...Object.keys(set), ...unset])
  sayWhatIsMissing(
    stray.filter((name) => !handled.includes(name)),
    outcomes,
    deps,
  )
  return merge(deps.env, [...lent, { set: marks, unset: [...stray, ...ownSecrets] }])
}

/** Credentials of another cloud than the targets', which the command would act with beside what it was lent. */
function sayWhatIsMissing(
  names: readonly string[],
  [first]: readonly Outcome[],
  { env, tell }: RunAsDeps,
): void {
  const missing = names.filter((name) => env[name] !== undefined && env[name] !== '')
  if (first === undefined || missing.length === 0) return
  const list = missing.join(', ')
  tell.news(first.elevation.target, `the command does not get ${list}, which pim has not lent`)
}

/** A child's environment: the inherited one without what gets in the way, with what is lent. */
export function merge(
  inherited: Readonly<Record<string, string | undefined>>,
  sessions: readonly SessionEnvironment[],
): Readonly<Record<string, string>> {
  const removed = new Set(sessions.flatMap((session) => session.unset))
  const kept = Object.entries(inherited).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !removed.has(entry[0]),
  )
  const added = sessions.flatMap((session) =>
    Object.entries(session.set).map(([name, value]): [string, string] => [
      name,
      value instanceof Secret ? value.reveal() : value,
    ]),
  )
  return Object.fromEntries([...kept, ...added])
}

/** Two sessions of one cloud would overwrite each other's variables. */
async function refuseConflicts(
  requests: readonly ElevationRequest[],
  deps: Pick<RunAsDeps, 'provider'>,
): Promise<void> {
  const providers: readonly Provider[] = await Promise.all(
    requests.map(({ target }) => deps.provider(target.provider)),
  )
  const clouds = providers.flatMap(({ id, access }) => (access === 'session' ? id : []))
  const doubled = clouds.find((cloud, index) => clouds.indexOf(cloud) !== index)
  if (doubled === undefined) return
  throw new PimError(
    'usage',
    'conflicting-targets',
    `one command cannot act as two ${doubled} targets`,
    {
      hint: 'name one target, or run a `pim exec` for each',
    },
  )
}

async function record(
  event: 'command.started' | 'command.finished',
  outcomes: readonly Outcome[],
  details: Readonly<Record<string, Json | undefined>>,
  deps: RunAsDeps,
): Promise<void> {
  for (const { elevation } of outcomes) {
    await deps.audit.append({
      event,
      elevationId: elevation.id,
      target: elevation.target,
      ...details,
    })
  }
}
