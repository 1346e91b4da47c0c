import { worstExitCode } from '../../core/errors.ts'
import type { Deps } from '../../deps/deps.ts'
import { findRequests, type RequestView } from '../../flows/approve/requests.ts'
import { sentence } from '../../ui/output/error.ts'
import { requestColumns, requestJson, requestRow } from '../../ui/access-request.ts'
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
  const { requests, troubles } = await findRequests(view, deps)
  for (const { provider, error } of troubles) io.warn(`${provider}: ${sentence(error)}`)
  if (io.wantsJson) {
    const errors = troubles.map(({ provider, error }) => ({ provider, error: error.toJSON() }))
    io.json({ schema: 'pim.requests/v1', requests: requests.map(requestJson), errors })
  } else if (requests.length > 0) {
    const rows = requests.map((request) => requestRow(request, deps.now()))
    io.out(table(requestColumns(view === 'to-approve'), rows, io.width()))
  } else if (troubles.length === 0) {
    io.note(nothing[view])
  }
  return worstExitCode(troubles.map(({ error }) => error.exitCode))
}

const nothing: Readonly<Record<RequestView, string>> = {
  open: 'no request of yours is open',
  all: 'you have asked for nothing',
  'to-approve': 'nothing waits for you to decide',
}
