import type { Verdict } from '../../../../core/elevation/approval.ts'
import { asPimError, type PimError } from '../../../../core/errors.ts'
import { requestIdOf } from '../../pim/activation.ts'
import { assertDecidedAs } from '../../pim/contradicting-answer.ts'
import type { MicrosoftClient } from '../../http/client.ts'
import { toPimError } from '../../errors/errors.ts'
import { reviewOf } from '../../approvals/stage.ts'
import { readArmStages, readBatchAnswer } from './approval-wire.ts'
import { stagesPath } from './stages.ts'

/** What is decided. */
export interface ArmDecision {
  readonly approvalId: string
  readonly stageId: string
  readonly verdict: Verdict
}

/**
 * Sends a decision, in one form after another while ARM answers that it cannot read it.
 *
 * The sources contradict each other on where in the body a decision stands. Microsoft's schema and its
 * Learn pages have it at the top; its own examples wrap it in `properties`, as everything else of ARM's
 * is. Only one form has been seen to work, by the author of another tool: wrapped, by PUT, inside of a
 * batch, as the portal sends it; direct calls failed there, for reasons not told. So the wrapped form
 * comes first, then the bare one, then the batch. A refusal with 400 decides nothing, which makes it
 * safe to go on. None of the direct forms has been tried against Azure.
 */
export async function sendDecision(
  decision: ArmDecision,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<void> {
  const review = reviewOf(decision.verdict)
  const path = stagesPath(decision.approvalId, decision.stageId)
  const put = async (body: unknown): Promise<PimError | undefined> => {
    try {
      const answer = await client.send({ method: 'PUT', path, body, signal })
      assertDecided(decision, answer.body)
      return undefined
    } catch (error) {
      if (isNotUnderstood(error)) return asPimError(error)
      throw error
    }
  }
  const first = await put({ properties: review })
  if (first === undefined || (await put(review)) === undefined) return
  await sendBatch(decision, client, signal).catch((error: unknown) => {
    // Where not even the portal's way is offered, the plain refusal says more.
    throw isNotOffered(error) ? first : error
  })
}

/** As the portal does it. Throws what the one answer inside says, as though it had come by itself. */
async function sendBatch(
  decision: ArmDecision,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<void> {
  const name = requestIdOf(`${decision.approvalId} ${decision.stageId}`, 'decide')
  const content = { properties: reviewOf(decision.verdict) }
  const inner = {
    httpMethod: 'PUT',
    name,
    url: stagesPath(decision.approvalId, decision.stageId),
    content,
  }
  const path = '/batch?api-version=2020-06-01'
  const body = { requests: [inner] }
  const answer = readBatchAnswer((await client.send({ method: 'POST', path, body, signal })).body)
  if (answer.status >= 200 && answer.status < 300) return assertDecided(decision, answer.body)
  throw toPimError({ ...answer, headers: { get: () => undefined }, resource: 'arm' })
}

function assertDecided({ verdict, stageId }: ArmDecision, answer: unknown): void {
  const [stage] = readArmStages([answer])
  if (stage !== undefined) assertDecidedAs(verdict, stageId, stage.stage)
}

/** 405 is what a server answers that takes no decision but in a batch. */
function isNotUnderstood(error: unknown): boolean {
  const { kind, provider } = asPimError(error)
  return kind === 'refused' && [400, 405].includes(provider?.status ?? 0)
}

function isNotOffered(error: unknown): boolean {
  const { code, provider } = asPimError(error)
  return code === 'not-offered' || provider?.status === 405
}
