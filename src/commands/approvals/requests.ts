import { worstExitCode } from '../../core/errors.ts'
import { isUndecided } from '../../core/elevation/elevation.ts'
import { notAskedFor } from '../../core/elevation/not-asked.ts'
import { formatIdentity } from '../../core/identity/identity.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { findRequests, type FoundRequests, type RequestView } from '../../flows/approve/requests.ts'
import { leftOutLines, notAskedJson } from '../../ui/not-asked.ts'
import { requestColumns, requestJson, requestRow } from '../../ui/access-request.ts'
import { sayTroubles } from '../provider-troubles.ts'
import { table } from '../../ui/output/table.ts'

export interface RequestsFlags {
  readonly toApprove?: boolean
  readonly all?: boolean
}

/** `pim requests`: your open ones; all of yours; or those that wait for you to decide. */
export async function requestsCommand(flags: RequestsFlags, deps: Deps): Promise<number> {
  const { io } = deps
  const view: RequestView =
    flags.toApprove === true ? 'to-approve' : flags.all === true ? 'all' : 'open'
  const found = await findRequests(view, deps)
  const { requests, troubles } = found
  const { elevations, unreadable } = await deps.records.read()
  // Who may decide is known to the provider alone.
  const remembered = view === 'to-approve' ? [] : elevations.filter(isUndecided)
  const notAsked = notAskedFor(found, remembered, deps.now())
  for (const error of unreadable) io.error(error)
  sayTroubles(troubles, deps)
  for (const line of leftOutLines(notAsked, { noun: 'request' })) io.warn(line)
  if (io.wantsJson) {
    const errors = troubles.map(({ provider, error }) => ({ provider, error: error.toJSON() }))
    io.json({
      schema: 'pim.requests/v1',
      requests: requests.map(requestJson),
      errors,
      notAsked: notAsked.map(notAskedJson),
    })
  } else if (requests.length > 0) {
    const rows = requests.map((request) => requestRow(request, deps.now()))
    io.out(table(requestColumns(view === 'to-approve'), rows, io.width()))
  } else if (troubles.length === 0) {
    io.note(`${nothing[view]}${forWhom(found)}`)
  }
  const silent = notAsked.filter(({ reason }) => reason === 'not-signed-in')
  if (silent.length > 0) {
    const names = [...new Set(silent.map(({ provider }) => provider))].join(', ')
    io.note(`not listed: ${names}; \`pim login azure\` signs in to Microsoft`)
  }
  return worstExitCode(
    [...troubles.map(({ error }) => error), ...unreadable].map((error) => error.exitCode),
  )
}

const nothing: Readonly<Record<RequestView, string>> = {
  open: 'No open requests',
  all: 'No requests',
  'to-approve': 'No requests wait for a decision',
}

/** An empty answer is one account's, not everybody's. */
function forWhom({ identities }: FoundRequests): string {
  const names = new Set([...identities.values()].map(formatIdentity))
  return names.size === 0 ? '' : ` for ${[...names].map(printable).join(', ')}`
}
