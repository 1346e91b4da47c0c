import { after, seconds } from '../../../core/time/duration.ts'
import type { AskedAccess } from '../approvals/access-request.ts'

/** The caller's own requests about one right, whoever made them, in any order. */
export type Trail = readonly AskedAccess[]

/** The request that ended what began then: a release, or an administrator's removal, that was carried out. */
export function endedBy(trail: Trail, since: Date): AskedAccess | undefined {
  return trail.find(({ isEnd, requestedAt }) => isEnd && requestedAt >= since)
}

/** The newest activation that waits, is on its way or counts, and that no later request has ended. */
export function openActivation(trail: Trail): AskedAccess | undefined {
  const open = newestFirst(trail).find(
    ({ isActivation, state }) => isActivation && openStates.has(state),
  )
  return open === undefined || endedBy(trail, open.requestedAt) !== undefined ? undefined : open
}

const openStates: ReadonlySet<string> = new Set([
  'pending-approval',
  'scheduled',
  'provisioning',
  'active',
])

/** Our own request, made at that moment for that reason: its answer was lost, but it is there. */
export function madeThen(
  trail: Trail,
  { askedAt, justification }: { readonly askedAt: Date; readonly justification: string },
): AskedAccess | undefined {
  const earliest = after(askedAt, seconds(-leeway.seconds))
  return newestFirst(trail).find(
    (each) =>
      each.isActivation && each.justification === justification && each.requestedAt >= earliest,
  )
}

/** Moments are told by the second, and not by one clock alone. */
const leeway = seconds(10)

function newestFirst(trail: Trail): Trail {
  return trail.toSorted((one, other) => other.requestedAt.getTime() - one.requestedAt.getTime())
}
