import { PimError } from '../../core/errors.ts'
import type { Activation, Attempt } from '../../core/provider.ts'
import type { Target } from '../../core/target.ts'
import { activationError, activationOf, requestIdOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import { stateUnderWay } from '../microsoft/statuses.ts'
import { activationBody, check, put, type Sending } from './requests.ts'
import { fold } from './scope.ts'
import { roleDefinitionOf } from './target.ts'

/** Asks ARM for the activation. Throws where it is refused or comes to nothing. */
export async function activate(
  { plan, signal }: Attempt,
  client: MicrosoftClient,
  now: () => Date,
): Promise<Activation> {
  const { objectId, tenantId } = await client.identity(signal)
  const { target } = plan
  try {
    const { request, clockAheadMs } = await put(client, sendingOf(plan, objectId, signal))
    const { eligibilityScheduleId } = target.reference ?? {}
    return activationOf(request, {
      plan,
      now: now(),
      clockAheadMs,
      facts: {
        tenantId,
        scope: target.scope,
        roleDefinitionId: roleDefinitionOf(target),
        principalId: objectId,
        ...(eligibilityScheduleId !== undefined && { eligibilityScheduleId }),
        ...(request.scheduleId && { roleAssignmentScheduleId: request.scheduleId }),
      },
    })
  } catch (error) {
    throw narrowed(activationError(error), target)
  }
}

/** Lets ARM check an activation that is not made. Throws what `activate` would. */
export async function validate({ plan, signal }: Attempt, client: MicrosoftClient): Promise<void> {
  const { objectId } = await client.identity(signal)
  try {
    const { request } = await check(client, sendingOf(plan, objectId, signal))
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
