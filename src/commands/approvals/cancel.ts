import { asPimError, PimError, worstExitCode } from '../../core/errors.ts'
import type { Elevation } from '../../core/elevation/elevation.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { chosen } from '../account/identity-filter.ts'
import { cancel } from '../../flows/approve/cancel.ts'
import { notYours, ofAnotherAccount } from '../../flows/approve/others-request.ts'
import { elevationById, type LocatedElevation } from '../../flows/approve/requests.ts'
import { elevationJson, elevationsJson, failureJson } from '../../ui/elevation.ts'

/** `pim cancel <id…>`: takes back requests that are not in force yet. */
export async function cancelCommand(ids: readonly string[], deps: Deps): Promise<number> {
  const { io } = deps
  const results = await Promise.all(ids.map((id) => attempt(id, deps)))
  for (const { id, elevation, error } of results) {
    if (error !== undefined) io.error(error)
    else if (elevation !== undefined) {
      io.note(`cancelled request ${printable(id)} for \`${printable(elevation.target)}\``)
    }
  }
  if (io.wantsJson) {
    io.json(
      elevationsJson(
        results.map(({ id, elevation, error }) =>
          elevation === undefined
            ? failureJson({ id }, error ?? new PimError('unexpected', 'unknown', 'unknown'))
            : {
                ...elevationJson(elevation, error === undefined),
                ...(error !== undefined && { error: error.toJSON() }),
              },
        ),
      ),
    )
  }
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

interface Result {
  readonly id: string
  /** As it is now; unchanged where there is an error. */
  readonly elevation?: Elevation
  readonly error?: PimError
}

async function attempt(id: string, deps: Deps): Promise<Result> {
  let elevation: Elevation | undefined
  try {
    const located = await locate(id, deps)
    elevation = located.elevation
    const isMeant = await chosen(deps, [elevation.identity])
    if (!located.isOwn || !isMeant(elevation.identity)) throw await notYours(id, elevation, deps)
    return { id, elevation: await cancel(elevation, deps) }
  } catch (error) {
    return { id, ...(elevation !== undefined && { elevation }), error: asPimError(error) }
  }
}

/** What the account in use does not see may be the request of another one that is signed in here. */
async function locate(id: string, deps: Deps): Promise<LocatedElevation> {
  try {
    return await elevationById(id, deps)
  } catch (error) {
    const { code } = asPimError(error)
    throw (code === 'unknown-request' ? await ofAnotherAccount(id, deps) : undefined) ?? error
  }
}
