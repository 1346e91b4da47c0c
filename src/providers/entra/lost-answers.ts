import { asPimError, mayHaveArrived } from '../../core/errors.ts'
import { readPages, type MicrosoftClient } from '../microsoft/client.ts'
import type { SelfActivation } from './self-activation.ts'
import { fold } from './spelling.ts'
import type { Surface } from './surface.ts'
import { readAsked, readScheduleRequest, type ScheduleRequest } from './wire.ts'

/**
 * Our request, where Graph has it though we were not told so: an answer that is lost on its way
 * leaves an activation behind. Graph takes no name for a request, so that ours is known by its
 * right, its justification and its start. Undefined where nothing proves that it arrived.
 */
export async function findLost(
  error: unknown,
  surface: Surface,
  wanted: SelfActivation,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<{ readonly answer: ScheduleRequest; readonly clockAheadMs: number } | undefined> {
  if (!mayBeThere(error)) return undefined
  const path = `${surface.requests}/filterByCurrentUser(on='principal')`
  let clockAheadMs = 0
  const send: MicrosoftClient['send'] = async (request) => {
    const answer = await client.send(request)
    clockAheadMs = answer.clockAheadMs
    return answer
  }
  try {
    const requests = await readPages({ send }, { method: 'GET', path, signal })
    const newestFirst = requests
      .flatMap((request) => readOurs(request, wanted) ?? [])
      .toSorted((one, other) => other.createdAt - one.createdAt)
    const [ours] = newestFirst
    return ours && { answer: ours.answer, clockAheadMs }
  } catch (thrown) {
    if (asPimError(thrown).kind === 'interrupted') throw thrown
    // What cannot be looked up proves nothing; the first error says more than this one.
    return undefined
  }
}

/** Whether the request may have arrived: Graph has one like it, or nobody knows what it did with ours. */
function mayBeThere(error: unknown): boolean {
  const failure = asPimError(error)
  if (isThere.has(fold(failure.provider?.code ?? ''))) return true
  return mayHaveArrived(failure)
}

const isThere: ReadonlySet<string> = new Set([
  'roleassignmentexists',
  'pendingroleassignmentrequest',
])

interface Ours {
  readonly answer: ScheduleRequest
  readonly createdAt: number
}

function readOurs(request: unknown, { right, plan, start }: SelfActivation): Ours | undefined {
  try {
    const asked = readAsked(request)
    const answer = readScheduleRequest(request)
    const isOurs =
      asked.action === 'selfactivate' &&
      asked.justification === plan.justification &&
      Object.entries(right).every(([name, value]) => fold(asked.field(name)) === fold(value)) &&
      // Fractions of a second may be cut off.
      toSecond(answer.startsAt) === toSecond(start)
    return isOurs ? { answer, createdAt: asked.createdAt?.getTime() ?? 0 } : undefined
  } catch {
    return undefined
  }
}

function toSecond(moment: Date | undefined): number | undefined {
  return moment && Math.floor(moment.getTime() / 1000)
}
