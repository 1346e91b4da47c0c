import { PimError } from '../../../../core/errors.ts'
import type { Activation, Attempt } from '../../../../core/provider.ts'
import type { Target } from '../../../../core/target.ts'
import type { ProviderDeps } from '../../../index.ts'
import { activationError, activationOf, requestIdOf } from '../../pim/activation.ts'
import { askForActivation } from '../../pim/request-activation.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { stateUnderWay } from '../../pim/request-status.ts'
import { findAssigned } from './progress.ts'
import { activationBody, check, find, put, type Sending } from '../requests/requests.ts'
import { fold } from '../scope/scope.ts'
import { roleDefinitionOf } from '../target.ts'
import { trailOf } from '../requests/request-history.ts'

/** What asking takes beside a client. */
type Asking = Pick<ProviderDeps, 'now' | 'sleep'>

/** Asks ARM for the activation. Throws where it is refused or comes to nothing. */
export async function activate(
  { plan, signal }: Attempt,
  client: MicrosoftClient,
  { now, sleep }: Asking,
): Promise<Activation> {
  const { objectId, tenantId } = await client.identity(signal)
  const { target } = plan
  const roleDefinitionId = roleDefinitionOf(target)
  const sending = sendingOf(plan, objectId, signal)
  try {
    const { answer, isAdopted } = await askForActivation(plan, {
      send: async () => put(client, sending),
      // A PUT is repeated on its way there.
      retries: 0,
      named: async () => find(client, sending.scope, sending.name, signal),
      trail: async () => trailOf(target.scope, roleDefinitionId, client, now, signal),
      assigned: async () => findAssigned(target.scope, roleDefinitionId, client, signal),
      now,
      clockAheadMs: client.clockAheadMs,
      sleep: async (duration) => sleep(duration, signal),
    })
    const { eligibilityScheduleId } = target.reference ?? {}
    const scheduleId = 'scheduleId' in answer ? answer.scheduleId : undefined
    return activationOf(answer, {
      plan,
      now: now(),
      isAdopted,
      clockAheadMs: client.clockAheadMs() ?? 0,
      facts: {
        tenantId,
        scope: target.scope,
        roleDefinitionId,
        principalId: objectId,
        ...(eligibilityScheduleId !== undefined && { eligibilityScheduleId }),
        ...(scheduleId && { roleAssignmentScheduleId: scheduleId }),
      },
    })
  } catch (error) {
    throw narrowed(error, target)
  }
}

/** Lets ARM check an activation that is not made. Throws what `activate` would. */
export async function validate({ plan, signal }: Attempt, client: MicrosoftClient): Promise<void> {
  const { objectId } = await client.identity(signal)
  try {
    const request = await check(client, sendingOf(plan, objectId, signal))
    stateUnderWay(request.status)
  } catch (error) {
    throw narrowed(activationError(error), plan.target)
  }
}

function sendingOf(plan: Attempt['plan'], objectId: string, signal: AbortSignal): Sending {
  return {
    scope: plan.target.scope,
    name: requestIdOf(plan.id),
    body: activationBody(plan, objectId),
    authenticationContext: plan.authenticationContext,
    signal,
  }
}

/** ARM looks for the scope itself with the rights that one has so far; the way out is a person's choice. */
function narrowed(error: unknown, { scope, reference }: Target): unknown {
  if (!(error instanceof PimError) || !isAuthorizationFailed(error)) return error
  const { eligibleAt } = reference ?? {}
  if (eligibleAt === undefined || fold(eligibleAt) === fold(scope)) return error
  const { kind, code, message, provider } = error
  return new PimError(kind, code, message, {
    provider,
    cause: error,
    hint: `to activate a role for a narrower scope, you must be able to read that scope; the eligibility itself is for ${eligibleAt}`,
  })
}

function isAuthorizationFailed({ provider }: PimError): boolean {
  return provider?.code?.toLowerCase() === 'authorizationfailed'
}
