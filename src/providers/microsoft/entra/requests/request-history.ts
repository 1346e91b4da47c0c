import { asPimError } from '../../../../core/errors.ts'
import type { MicrosoftRequest } from '../../http/client.ts'
import type { Trail } from '../../pim/request-history.ts'
import { listAsked } from './access-requests.ts'
import type { Asker } from '../graph-context.ts'
import { isSameRight, type Right } from '../schedule/schedule-instance.ts'
import { fold } from '../unique-names.ts'
import type { Surface } from '../schedule/schedule-api.ts'

/**
 * The caller's own requests about a right. Whoever may not look at them sees none. Throws where they
 * could not be read.
 */
export async function trailOf(
  surface: Surface,
  right: Right,
  asker: Asker,
  signal: AbortSignal,
  how: Pick<MicrosoftRequest, 'isOptional'> = {},
): Promise<Trail> {
  try {
    const rows = await listAsked(surface, 'own', asker, signal, how)
    const { objectId } = await asker.client.identity(signal)
    return rows.filter(
      ({ instance, requesterId }) =>
        isSameRight(instance.right, right) && fold(requesterId) === fold(objectId),
    )
  } catch (error) {
    if (asPimError(error).kind === 'refused') return []
    throw error
  }
}
