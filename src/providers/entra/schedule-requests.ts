import type { Activation, Attempt } from '../../core/provider.ts'
import { activationError, activationOf } from '../microsoft/activation.ts'
import type { MicrosoftClient } from '../microsoft/client.ts'
import { stateOfStatus, stateUnderWay } from '../microsoft/statuses.ts'
import { lastTokenEnds } from './token-life.ts'
import type { Asker } from './asker.ts'
import type { Right } from './instance.ts'
import { findLost } from './lost-answers.ts'
import { selfActivation, type SelfActivation } from './self-activation.ts'
import type { Surface } from './surface.ts'
import { whose } from './whose.ts'
import { readScheduleRequest, statusIn, type ScheduleRequest } from './wire.ts'

/**
 * Asks for a right to be activated. What came of it is read from the answer's status; a refusal is
 * thrown. Where an answer was lost on its way, the request that is there already counts.
 */
export async function activate(
  surface: Surface,
  right: Right,
  { plan, signal }: Attempt,
  { client, now }: Asker,
): Promise<Activation> {
  const person = await whose(client, signal)
  const wanted = { right, plan, start: plan.start ?? now(), principalId: person.principalId }
  const { answer, clockAheadMs } = await ask(surface, wanted, client, signal)
  const { scheduleId } = answer
  const facts = {
    ...plan.target.reference,
    ...person,
    ...(scheduleId !== undefined && { scheduleId }),
  }
  const activation = activationOf(answer, { plan, facts, clockAheadMs, now: now() })
  return { ...activation, accessEndsAt: lastTokenEnds(activation.expiresAt) }
}

/** Lets Graph check an attempt without carrying it out. Throws what `activate` would. */
export async function validate(
  surface: Surface,
  right: Right,
  { plan, signal }: Attempt,
  { client, now }: Asker,
): Promise<void> {
  const { principalId } = await whose(client, signal)
  const body = selfActivation({ right, plan, start: plan.start ?? now(), principalId })
  const { authenticationContext } = plan
  const answer = await client
    .send({
      method: 'POST',
      path: surface.requests,
      body: { ...body, isValidationOnly: true },
      ...(authenticationContext !== undefined && { authenticationContext }),
      signal,
    })
    .catch((error: unknown) => {
      throw activationError(error)
    })
  const status = statusIn(answer.body)
  if (status !== undefined && stateOfStatus(status) !== undefined) stateUnderWay(status)
}

interface Answered {
  readonly answer: ScheduleRequest
  readonly clockAheadMs: number
}

async function ask(
  surface: Surface,
  wanted: SelfActivation,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Answered> {
  const { authenticationContext } = wanted.plan
  try {
    const { body, clockAheadMs } = await client.send({
      method: 'POST',
      path: surface.requests,
      body: selfActivation(wanted),
      ...(authenticationContext !== undefined && { authenticationContext }),
      signal,
    })
    return { answer: readScheduleRequest(body), clockAheadMs }
  } catch (error) {
    const lost = await findLost(error, surface, wanted, client, signal)
    if (lost === undefined) throw activationError(error)
    return lost
  }
}
