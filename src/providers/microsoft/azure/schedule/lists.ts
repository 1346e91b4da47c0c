import pLimit from 'p-limit'
import { asPimError, type PimError } from '../../../../core/errors.ts'
import { readPages, type MicrosoftClient } from '../../http/client.ts'
import { authorizationPath, encodePath, isNotShown } from '../arm.ts'
import { fold, rightKey } from '../scope/scope.ts'
import {
  readActive,
  readEligible,
  readSubscriptionName,
  type ActiveRow,
  type EligibleRow,
  type Rows,
} from '../wire.ts'

/** How much is asked at once: ARM throttles who asks for a hundred. */
const atOnce = 8

/** Everything that the caller may activate, through groups too. */
export async function listEligible(
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Rows<EligibleRow>> {
  return readEligible(await readOwn(client, '/', 'roleEligibilityScheduleInstances', signal))
}

/** Everything of the caller's that is active, activated or assigned, in the whole tenant. */
export async function listActive(
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<Rows<ActiveRow>> {
  return readActive(await readOwn(client, '/', 'roleAssignmentScheduleInstances', signal))
}

/**
 * What is active at these scopes, for where the list of the whole tenant is empty: it has been seen
 * to be so while that of a scope was not. A scope that the caller may not read shows nothing.
 */
export async function listActiveAt(
  client: MicrosoftClient,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly rows: readonly ActiveRow[]; readonly troubles: readonly PimError[] }> {
  const distinct = new Map(scopes.map((scope) => [fold(scope), scope]))
  const limit = pLimit(atOnce)
  const answers = await Promise.all(
    [...distinct.values()].map((scope) =>
      limit(async (): Promise<Rows<ActiveRow>> => {
        try {
          const list = 'roleAssignmentScheduleInstances'
          return readActive(await readOwn(client, scope, list, signal, { isOptional: true }))
        } catch (error) {
          const trouble = asPimError(error)
          if (trouble.kind === 'interrupted') throw trouble
          return { rows: [], trouble: isUnreadable(trouble) ? undefined : trouble }
        }
      }),
    ),
  )
  const rows = answers.flatMap((answer) => answer.rows)
  // What is active at a scope is listed at those in it too.
  const byRight = new Map(
    rows.map((row) => [
      `${rightKey(row.scope, row.roleDefinitionId)} ${row.scheduleId ?? ''}`,
      row,
    ]),
  )
  return {
    rows: [...byRight.values()],
    troubles: answers.flatMap(({ trouble }) => trouble ?? []).slice(0, 1),
  }
}

/** The names of subscriptions, by their folded scope. One that cannot be read has none. */
export async function nameSubscriptions(
  client: MicrosoftClient,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const limit = pLimit(atOnce)
  const named = scopes.map((scope) =>
    limit(async (): Promise<readonly [string, string | undefined]> => {
      const path = `${encodePath(scope)}?api-version=2022-12-01`
      try {
        const { body } = await client.send({ method: 'GET', path, signal })
        return [fold(scope), readSubscriptionName(body)]
      } catch (error) {
        if (asPimError(error).kind === 'interrupted') throw error
        return [fold(scope), undefined]
      }
    }),
  )
  const names = await Promise.all(named)
  return new Map(names.flatMap(([scope, name]) => (name === undefined ? [] : [[scope, name]])))
}

/** Only with this filter may somebody read who has no standing right to. */
async function readOwn(
  client: MicrosoftClient,
  scope: string,
  what: string,
  signal: AbortSignal,
  how: { readonly isOptional?: boolean } = {},
): Promise<readonly unknown[]> {
  const path = authorizationPath(scope, what, { filter: 'asTarget()' })
  return readPages(client, { method: 'GET', path, signal, ...how })
}

/** ARM answers 500, too, to whoever may not read a resource group. */
function isUnreadable(error: PimError): boolean {
  return isNotShown(error) || (error.provider?.status ?? 0) >= 500
}
