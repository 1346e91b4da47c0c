import { asPimError } from '../../../core/errors.ts'

/** An answer, or another where it cannot be read. Throws only what was interrupted. */
export async function unlessUnreadable<Answer>(
  otherwise: Answer,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask()
  } catch (error) {
    if (asPimError(error).kind === 'interrupted') throw error
    return otherwise
  }
}
