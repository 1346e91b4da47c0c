import {
  assertAnswerOf,
  assertCanceled,
  assertRequestOf,
  contradicting,
  type OwnRequest,
} from '../../pim/contradicting-answer.ts'
import { toIsoDuration } from '../../../../core/time/duration.ts'
import type { ElevationPlan } from '../../../../core/elevation/plan.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { authorizationPath, isNotShown } from '../arm.ts'
import { fold, tidyScope } from '../scope/scope.ts'
import { roleDefinitionOf } from '../target.ts'
import { readArmRequest, requestNamed, type ArmRequest } from '../wire.ts'

/** What is sent along with a request. */
export type RequestBody = { readonly properties: Readonly<Record<string, unknown>> }

/** Asks for an activation of the caller's own, at exactly the plan's scope. */
export function activationBody(plan: ElevationPlan, principalId: string): RequestBody {
  const { eligibilityScheduleId, condition, conditionVersion } = plan.target.reference ?? {}
  return {
    properties: {
      principalId,
      roleDefinitionId: roleDefinitionOf(plan.target),
      requestType: 'SelfActivate',
      ...(eligibilityScheduleId !== undefined && {
        linkedRoleEligibilityScheduleId: eligibilityScheduleId,
      }),
      justification: plan.justification,
      ...(plan.ticket !== undefined && {
        ticketInfo: {
          ticketNumber: plan.ticket.number,
          ...(plan.ticket.system !== undefined && { ticketSystem: plan.ticket.system }),
        },
      }),
      scheduleInfo: {
        // Without a start it starts when it arrives, whatever this machine's clock says.
        ...(plan.start !== undefined && { startDateTime: plan.start.toISOString() }),
        expiration: { type: 'AfterDuration', duration: toIsoDuration(plan.duration) },
      },
      ...(condition !== undefined && { condition }),
      ...(conditionVersion !== undefined && { conditionVersion }),
    },
  }
}

/** A request by its name, and how to send it. */
export interface Sending {
  readonly scope: string
  readonly name: string
  readonly body: RequestBody
  readonly authenticationContext?: string | undefined
  readonly signal: AbortSignal
}

/** Puts a request. Throws as the client does. */
export async function put(client: MicrosoftClient, sending: Sending): Promise<ArmRequest> {
  const { scope, name, body, authenticationContext, signal } = sending
  const { body: answer } = await client.send({
    method: 'PUT',
    path: requestPath(scope, name),
    body,
    signal,
    ...(authenticationContext !== undefined && { authenticationContext }),
  })
  const request = readArmRequest(name, answer)
  assertRequestAt(scope, name, answer)
  assertAnswerOf(body.properties, propertiesOf(answer))
  return request
}

/** Throws `unavailable` (`contradicting-answer`) where an answer is about another request, or one at another scope. */
export function assertRequestAt(scope: string, name: string, answer: unknown): void {
  assertAnswerOf({ id: name }, { id: nameOf(answer) })
  const { scope: there } = Object(propertiesOf(answer))
  if (typeof there !== 'string' || fold(tidyScope(there)) === fold(tidyScope(scope))) return
  throw contradicting('scope')
}

function nameOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'name' in answer ? answer.name : undefined
}

function propertiesOf(answer: unknown): unknown {
  return typeof answer === 'object' && answer !== null && 'properties' in answer
    ? answer.properties
    : undefined
}

/** Lets ARM check a request that is not made. */
export async function check(client: MicrosoftClient, sending: Sending): Promise<ArmRequest> {
  const { scope, name, body, authenticationContext, signal } = sending
  const { body: answer } = await client.send({
    method: 'POST',
    path: requestPath(scope, name, '/validate'),
    body,
    isRepeatable: true,
    signal,
    ...(authenticationContext !== undefined && { authenticationContext }),
  })
  const request = readArmRequest(name, answer)
  assertRequestAt(scope, name, answer)
  assertAnswerOf(body.properties, propertiesOf(answer))
  return request
}

/**
 * A request as it stands. Its requestor may be refused a look at it by its name; the list of one's
 * own shows it then. Undefined where neither does.
 */
export async function find(
  client: MicrosoftClient,
  scope: string,
  name: string,
  signal: AbortSignal,
  own: OwnRequest = { providerRequestId: name },
): Promise<ArmRequest | undefined> {
  const read = (body: unknown): ArmRequest => {
    const request = readArmRequest(name, body)
    assertRequestAt(scope, name, body)
    assertRequestOf(own, Object(propertiesOf(body)))
    return request
  }
  try {
    const { body } = await client.send({ method: 'GET', path: requestPath(scope, name), signal })
    return read(body)
  } catch (error) {
    if (!isNotShown(error)) throw error
  }
  const path = authorizationPath('/', 'roleAssignmentScheduleRequests', { filter: 'asTarget()' })
  try {
    const found = requestNamed(name, await readPages(client, { method: 'GET', path, signal }))
    return found === undefined ? undefined : read(found)
  } catch (error) {
    if (!isNotShown(error)) throw error
    return undefined
  }
}

/** Cancels a request that is not active yet. Throws as the client does, and where the answer shows something else. */
export async function cancel(
  client: MicrosoftClient,
  scope: string,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const path = requestPath(scope, name, '/cancel')
  const { body } = await client.send({ method: 'POST', path, isRepeatable: true, signal })
  assertCanceled(name, { ...Object(propertiesOf(body)), id: nameOf(body) })
}

/** The path of a request at its scope. */
export function requestPath(scope: string, name: string, action = ''): string {
  return authorizationPath(
    scope,
    `roleAssignmentScheduleRequests/${encodeURIComponent(name)}${action}`,
  )
}
