import type { Activation, Attempt } from '../../../../core/provider.ts'
import { activationError, activationOf } from '../../pim/activation.ts'
import { assertAnswerOf } from '../../pim/contradicting-answer.ts'
import { askForActivation } from '../../pim/request-activation.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { stateOfStatus, stateUnderWay } from '../../pim/request-status.ts'
import { lastTokenEnds } from '../token-lifetime.ts'
import type { Asker } from '../graph-context.ts'
import type { Right } from './schedule-instance.ts'
import { findAssigned } from './lists.ts'
import { selfActivation, type SelfActivation } from './activation-body.ts'
import type { Surface } from './schedule-api.ts'
import { trailOf } from '../requests/request-history.ts'
import { whose } from '../principal.ts'
import { readScheduleRequest, statusIn, type ScheduleRequest } from '../wire.ts'

/**
 * Asks for a right to be activated. What came of it is read from the answer's status; a refusal is
 * thrown. Where an answer was lost on its way, or another request stands already, that counts.
 */
export async function activate(
  surface: Surface,
  right: Right,
  { plan, signal }: Attempt,
  asker: Asker,
): Promise<Activation> {
  const { client, now, sleep } = asker
  const person = await whose(client, signal)
  const wanted = { right, plan, principalId: person.principalId }
  const { answer, isAdopted } = await askForActivation(plan, {
    send: async () => send(surface, wanted, client, signal),
    retries: 3,
    trail: async () => trailOf(surface, right, asker, signal, { isOptional: true }),
    assigned: async () => findAssigned(surface, right, asker, signal),
    now,
    clockAheadMs: client.clockAheadMs,
    sleep: async (duration) => sleep(duration, signal),
  })
  const facts = {
    ...plan.target.reference,
    ...person,
    ...('scheduleId' in answer &&
      answer.scheduleId !== undefined && { scheduleId: answer.scheduleId }),
  }
  const clockAheadMs = client.clockAheadMs() ?? 0
  const activation = activationOf(answer, { plan, facts, clockAheadMs, now: now(), isAdopted })
  return { ...activation, accessEndsAt: lastTokenEnds(activation.expiresAt) }
}

/** Lets Graph check an attempt without carrying it out. Throws what `activate` would. */
export async function validate(
  surface: Surface,
  right: Right,
  { plan, signal }: Attempt,
  { client }: Asker,
): Promise<void> {
  const { principalId } = await whose(client, signal)
  const body = selfActivation({ right, plan, principalId })
  const { authenticationContext } = plan
  const answer = await client
    .send({
      method: 'POST',
      path: surface.requests,
      body: { ...body, isValidationOnly: true },
      isRepeatable: true,
      ...(authenticationContext !== undefined && { authenticationContext }),
      signal,
    })
    .catch((error: unknown) => {
      throw activationError(error)
    })
  assertAnswerOf(body, answer.body)
  const status = statusIn(answer.body)
  if (status !== undefined && stateOfStatus(status) !== undefined) stateUnderWay(status)
}

async function send(
  surface: Surface,
  wanted: SelfActivation,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<ScheduleRequest> {
  const { authenticationContext } = wanted.plan
  const asked = selfActivation(wanted)
  const { body } = await client.send({
    method: 'POST',
    path: surface.requests,
    body: asked,
    ...(authenticationContext !== undefined && { authenticationContext }),
    signal,
  })
  const request = readScheduleRequest(body)
  assertAnswerOf(asked, body)
  return request
}
