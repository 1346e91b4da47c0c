import { asPimError } from '../../core/errors.ts'
import type { MicrosoftRequest } from '../microsoft/client.ts'
import type { Trail } from '../microsoft/trail.ts'
import { listAsked } from './asked.ts'
import type { Asker } from './asker.ts'
import { isSameRight, type Right } from './instance.ts'
import { fold } from './spelling.ts'
import type { Surface } from './surface.ts'

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
