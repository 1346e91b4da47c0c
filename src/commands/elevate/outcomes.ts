import { asPimError, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Provider } from '../../core/provider.ts'
import type { Deps } from '../../deps/deps.ts'
import { cancel } from '../../flows/approve/cancel.ts'
import type { ElevateDeps } from '../../flows/elevate/deps.ts'
import type { Outcome } from '../../flows/elevate/persist.ts'
import { settle, type SettleDeps } from '../../flows/elevate/wait.ts'
import type { WaitLimit } from '../../flows/elevate/wait-limit.ts'
import { elevationJson, elevationsJson, failureJson, stateBehind } from '../../ui/elevation.ts'

/** What came of one target. Both are there where it was asked for, and the wait for it failed. */
export interface Result {
  readonly target: string
  /** The id that was typed, where that was no target. */
  readonly id?: string
  readonly outcome?: Outcome
  readonly error?: PimError
}

/** Says every error, and prints the document where one is wanted. */
export function reportOutcomes(results: readonly Result[], { io }: Pick<Deps, 'io'>): void {
  for (const { error } of results) if (error !== undefined) io.error(error)
  if (!io.wantsJson) return
  io.json(elevationsJson(results.map(outcomeJson)))
}

function outcomeJson({ target, id, outcome, error }: Result): Readonly<Record<string, unknown>> {
  if (outcome === undefined) {
    const failure = error ?? new PimError('unexpected', 'unknown', 'unknown')
    return failureJson(id === undefined ? { target } : { id }, failure)
  }
  const { elevation, changed } = outcome
  if (error === undefined) return elevationJson(elevation, changed)
  // What it was before the wait is not what the wait found out.
  const state = stateBehind(error) ?? elevation.state
  return { ...elevationJson({ ...elevation, state }, changed), error: error.toJSON() }
}

/** What leaving does to a request that waits for an approver. */
export type OnInterrupt = 'keep' | 'cancel'

/** `settle`; who leaves while an approver is waited for says whether the request is to stand. */
export async function settleOrLeave(
  outcome: Outcome,
  provider: Provider,
  limit: WaitLimit,
  onInterrupt: OnInterrupt | undefined,
  deps: Deps & Pick<SettleDeps, 'ifForgotten' | 'named'>,
  tell: ElevateDeps['tell'],
): Promise<Outcome> {
  try {
    return await settle(outcome, provider, limit, { ...deps, tell })
  } catch (thrown) {
    const error = asPimError(thrown)
    const { elevation } = outcome
    if (error.kind === 'interrupted' && elevation.state === 'pending-approval') {
      await leave(outcome, onInterrupt, deps)
    }
    throw error
  }
}

async function leave(
  { elevation }: Outcome,
  onInterrupt: OnInterrupt | undefined,
  deps: Deps & Pick<SettleDeps, 'ifForgotten'>,
): Promise<void> {
  const { io } = deps
  const request = printable(elevation.providerRequestId ?? elevation.id)
  // An approver who only looks on cannot cancel it.
  const isOthers = deps.ifForgotten === 'look'
  if (
    !isOthers &&
    (onInterrupt ?? (await askToKeep(request, elevation.target, deps))) === 'cancel'
  ) {
    // The signal that got us here must not stop this as well.
    await cancel(elevation, { ...deps, signal: AbortSignal.timeout(withdrawMs) })
    io.note(`cancelled request ${request}`)
  } else {
    io.note(`request ${request} is still open; continue with \`pim wait ${request}\``)
  }
}

const withdrawMs = 30_000

async function askToKeep(request: string, target: string, deps: Deps): Promise<OnInterrupt> {
  if (!deps.mayPrompt) return 'keep'
  const prompter = await deps.prompterAfterInterrupt()
  const isToStand = await prompter
    .confirm(
      `Keep request ${request} for ${printable(target)}, so that it may still be approved?`,
      true,
    )
    .catch(() => true)
  return isToStand ? 'keep' : 'cancel'
}
