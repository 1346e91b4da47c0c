import type { SessionEnvironment } from '../core/session.ts'
import { Secret } from '../core/credentials.ts'
import { asPimError, PimError } from '../core/errors.ts'
import type { ElevationRequest } from '../core/plan.ts'
import { elevate, type ElevateDeps, type Outcome } from './elevate.ts'
import { release } from './release.ts'

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

export interface RunAsDeps extends ElevateDeps {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Runs a program in the foreground and passes signals on. Throws `PimError` `command-not-found` or `command-not-runnable`. */
  readonly runChild: (command: Command, env: Readonly<Record<string, string>>) => Promise<Ending>
}

/**
 * Runs a command with elevations in its environment alone, and gives back afterwards what was
 * activated for it. Resolves with the command's own exit code.
 */
export async function runAs(
  requests: readonly ElevationRequest[],
  command: Command,
  options: { readonly keep: boolean },
  deps: RunAsDeps,
): Promise<number> {
  refuseConflicts(requests)
  const outcomes = await elevateAll(requests, deps)
  try {
    const env = await environmentFor(outcomes, deps)
    await record('command.started', outcomes, { command: command.file }, deps)
    const ending = await deps.runChild(command, env)
    await record('command.finished', outcomes, { command: command.file, ...ending }, deps)
    return ending.exitCode
  } finally {
    if (!options.keep) await releaseChanged(outcomes, deps)
  }
}

/** All or nothing: where one is refused, what was activated for the others is given back. */
async function elevateAll(
  requests: readonly ElevationRequest[],
  deps: RunAsDeps,
): Promise<readonly Outcome[]> {
  const results = await Promise.allSettled(requests.map((request) => elevate(request, deps)))
  const outcomes = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  const refused = results.find((result) => result.status === 'rejected')
  if (refused === undefined) return outcomes
  await releaseChanged(outcomes, deps)
  throw asPimError(refused.reason)
}

async function releaseChanged(outcomes: readonly Outcome[], deps: RunAsDeps): Promise<void> {
  const changed = outcomes.filter((outcome) => outcome.changed)
  for (const { elevation } of changed) {
    try {
      const undisturbed = { ...deps, signal: new AbortController().signal }
      await release(elevation.target, undisturbed, elevation.id)
    } catch (error) {
      deps.tell.notice(elevation.target, `not released: ${asPimError(error).message}`)
    }
  }
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
  // The key to what pim keeps is not the command's business.
  return merge(deps.env, [...lent, { set: marks, unset: ['PIM_STORE_PASSPHRASE'] }])
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

/** Two roles of one cloud would overwrite each other's variables. */
function refuseConflicts(requests: readonly ElevationRequest[]): void {
  const clouds = requests.map(({ target }) => target.provider)
  const doubled = clouds.find((cloud, index) => clouds.indexOf(cloud) !== index)
  if (doubled === undefined) return
  throw new PimError(
    'usage',
    'conflicting-targets',
    `one command cannot act as two ${doubled} targets`,
    {
      hint: 'name one of them, or give each command its own `pim exec`',
    },
  )
}

async function record(
  event: 'command.started' | 'command.finished',
  outcomes: readonly Outcome[],
  details: Readonly<Record<string, string | number>>,
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
