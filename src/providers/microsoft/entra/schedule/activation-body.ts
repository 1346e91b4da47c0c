import { toIsoDuration } from '../../../../core/time/duration.ts'
import type { ElevationPlan } from '../../../../core/elevation/plan.ts'
import type { Right } from './schedule-instance.ts'

/** What is asked for: which right, for whom, for how long and why. */
export interface SelfActivation {
  readonly right: Right
  readonly plan: Pick<
    ElevationPlan,
    'justification' | 'ticket' | 'duration' | 'authenticationContext' | 'start'
  >
  readonly principalId: string
}

/** The request for it: enums in Graph's camel case, the right in the spelling in which it was listed. */
export function selfActivation({
  right,
  plan: { justification, ticket, duration, start },
  principalId,
}: SelfActivation): Readonly<Record<string, unknown>> {
  return {
    action: 'selfActivate',
    principalId,
    ...right,
    justification,
    scheduleInfo: {
      // Without a start it starts when it arrives, whatever this machine's clock says.
      ...(start !== undefined && { startDateTime: start.toISOString() }),
      expiration: { type: 'afterDuration', duration: toIsoDuration(duration) },
    },
    ...(ticket !== undefined && {
      ticketInfo: {
        ticketNumber: ticket.number,
        ...(ticket.system !== undefined && { ticketSystem: ticket.system }),
      },
    }),
  }
}
