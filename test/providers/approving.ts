import type { AccessRequest, Approvals, Verdict } from '../../src/core/elevation/approval.ts'
import type { Provider } from '../../src/core/provider.ts'

const never = new AbortController().signal

export const yes: Verdict = { decision: 'approve', justification: 'go ahead' }
export const no: Verdict = { decision: 'deny', justification: 'not today' }
/** Looks like the id of a request, and is none. */
export const noId = '00000000-0000-4000-8000-00000000ffff'

export function approvalsOf({ approvals }: Provider): Approvals {
  if (approvals === undefined) throw new Error('it knows no approvals')
  return approvals
}

/** The request of this id, which has to be there. */
export async function found(approvals: Approvals, id: string): Promise<AccessRequest> {
  const request = await approvals.find(id, never)
  if (request === undefined) throw new Error(`there is no request ${id}`)
  return request
}
