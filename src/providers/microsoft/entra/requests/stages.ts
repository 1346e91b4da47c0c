import * as v from 'valibot'
import type { Verdict } from '../../../../core/elevation/approval.ts'
import { asPimError } from '../../../../core/errors.ts'
import { assertDecidedAs } from '../../pim/contradicting-answer.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { readStage, reviewOf, type SeenStage } from '../../approvals/stage.ts'
import type { Surface } from '../schedule/schedule-api.ts'

type Stages = Pick<Surface, 'stagesOf'>

const WithId = v.fallback(v.object({ id: v.string() }), { id: '' })

/** The stages of an approval, in order. Throws as the client does where neither place has them. */
export async function readStages(
  { stagesOf }: Stages,
  approvalId: string,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly SeenStage[]> {
  return firstThatHas(stagesOf(encodeURIComponent(approvalId)), async (path) => {
    const items = await readPages(client, { method: 'GET', path, signal })
    return items.map((item) => readStage(v.parse(WithId, item).id, item))
  })
}

/** Decides a stage. Throws as the client does. */
export async function sendDecision(
  { stagesOf }: Stages,
  { approvalId, stageId }: { readonly approvalId: string; readonly stageId: string },
  verdict: Verdict,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<void> {
  const body = reviewOf(verdict)
  const stage = encodeURIComponent(stageId)
  const answer = await firstThatHas(stagesOf(encodeURIComponent(approvalId)), async (place) =>
    client.send({ method: 'PATCH', path: `${place}/${stage}`, body, signal }),
  )
  const { id } = v.parse(WithId, answer.body)
  assertDecidedAs(verdict, stageId, readStage(id, answer.body).stage)
}

/**
 * Asks in one place after another while it is said that there is no such thing. Version 1.0 of Graph
 * describes the stages of groups; that every tenant has them there is not verified.
 */
async function firstThatHas<Answer>(
  places: readonly string[],
  ask: (place: string) => Promise<Answer>,
): Promise<Answer> {
  const [place = '', ...others] = places
  try {
    return await ask(place)
  } catch (error) {
    if (others.length === 0 || asPimError(error).provider?.status !== 404) throw error
    return firstThatHas(others, ask)
  }
}
