import { toIsoDuration, after } from '../../core/time/duration.ts'
import { asPimError, worstExitCode } from '../../core/errors.ts'
import type { ElevationRequest } from '../../core/elevation/request.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget } from '../../core/target.ts'
import type { ElevateDeps } from '../../flows/elevate/deps.ts'
import { preview, type Preview } from '../../flows/elevate/preview.ts'
import { aboutTarget, elevationJson, outcomeLine, planLine } from '../../ui/elevation.ts'
import type { Io } from '../../ui/output/io.ts'

/** `--dry-run`: prints what would be done, and does none of it. */
export async function showPlans(
  requests: readonly ElevationRequest[],
  deps: ElevateDeps,
  io: Io,
): Promise<number> {
  const results = await Promise.allSettled(requests.map((request) => preview(request, deps)))
  const now = deps.now()
  const entries = results.map((result, index) => {
    const request = requests[index]
    if (result.status === 'fulfilled') return planJson(result.value, now)
    const target = request === undefined ? '' : formatTarget(request.target)
    return { target, action: 'refuse', error: asPimError(result.reason).toJSON() }
  })
  for (const result of results) {
    if (result.status === 'rejected') io.error(asPimError(result.reason))
    else if (!io.wantsJson) sayPlan(result.value, io, now)
  }
  if (io.wantsJson) io.json({ schema: 'pim.plans/v1', plans: entries })
  const codes = results.map((result) =>
    result.status === 'rejected' ? asPimError(result.reason).exitCode : 0,
  )
  return worstExitCode(codes)
}

function planJson(preview: Preview, now: Date): Readonly<Record<string, unknown>> {
  if (preview.kind === 'already-active') {
    return { ...elevationJson(preview.held.elevation, false), action: 'none' }
  }
  const { plan, identity } = preview
  return {
    target: formatTarget(plan.target),
    action: 'elevate',
    role: plan.target.role,
    scope: plan.target.scope,
    justification: plan.justification,
    ...(plan.ticket !== undefined && { ticket: plan.ticket }),
    duration: toIsoDuration(plan.duration),
    expiresAt: after(now, plan.duration).toISOString(),
    mfa: plan.mfaDevices.length > 0,
    approval: preview.approval,
    ...(identity !== undefined && { identity: identity.name }),
    notices: plan.notices,
  }
}

function sayPlan(preview: Preview, io: Io, now: Date): void {
  if (preview.kind === 'already-active') {
    io.out(outcomeLine(preview.held.elevation, false, now))
    return
  }
  const { plan, identity } = preview
  io.out(planLine(plan, identity, now))
  for (const notice of plan.notices) io.out(aboutTarget(plan, notice))
  for (const device of plan.mfaDevices) io.out(`asks for the one-time code of ${printable(device)}`)
  if (preview.approval === true) io.out('an approver has to approve it')
  io.out('dry run: nothing was changed')
}
