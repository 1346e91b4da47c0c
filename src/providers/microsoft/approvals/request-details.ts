import pLimit from 'p-limit'
import type { AccessRequest } from '../../../core/elevation/approval.ts'
import { approvalOf, type RequestSource } from './request-source.ts'
import type { SeenStage } from './stage.ts'
import { unlessUnreadable } from '../errors/unless-unreadable.ts'

/** Microsoft throttles who asks for many at once. */
const atOnce = 4

/** So many requests are shown with everything, and so much of what a role may do. */
const most = 20

/** What is read of a request beyond what its list holds. */
export interface Wanted {
  readonly permissions: boolean
  /** Only of requests that wait, or were denied: there somebody wants to know who, and why. */
  readonly onlyTelling: boolean
}

type Source = Pick<RequestSource, 'stages' | 'approvers' | 'permissions'>
type Approvers = readonly (readonly string[])[]

/**
 * The same requests with their stages, with who may decide those, and with what the role may do, as
 * far as each can be read.
 */
export async function withDetails(
  requests: readonly AccessRequest[],
  source: Source,
  { permissions, onlyTelling }: Wanted,
  signal: AbortSignal,
): Promise<readonly AccessRequest[]> {
  const telling = requests.filter((request) => !onlyTelling || isTelling(request)).slice(0, most)
  const reading = readingOf(source, signal)
  return Promise.all(
    requests.map(async (request) => {
      if (!telling.includes(request)) return request
      const needsApproval = request.reference.approvalId !== undefined
      const [stages, approvers, allowed] = await Promise.all([
        needsApproval ? reading.stages(request) : [],
        needsApproval ? reading.approvers(request) : [],
        permissions ? reading.permissions(request) : undefined,
      ])
      const shown = withStages(request, stages, approvers)
      return allowed === undefined || allowed.length === 0
        ? shown
        : { ...shown, permissions: allowed.slice(0, most) }
    }),
  )
}

/** What can be read of a request, a few at once. */
interface Reading {
  readonly stages: (request: AccessRequest) => Promise<readonly SeenStage[]>
  readonly approvers: (request: AccessRequest) => Promise<Approvers>
  readonly permissions: (request: AccessRequest) => Promise<readonly string[] | undefined>
}

function readingOf(source: Source, signal: AbortSignal): Reading {
  const limit = pLimit(atOnce)
  // Many requests are for one role, and its policy says the same of each.
  const policies = new Map<string, Promise<Approvers>>()
  const rights = new Map<string, Promise<readonly string[] | undefined>>()
  const read = <Answer>(otherwise: Answer, ask: () => Promise<Answer>): Promise<Answer> =>
    limit(async () => unlessUnreadable(otherwise, ask))
  return {
    stages: async (request) => read([], async () => source.stages(approvalOf(request), signal)),
    approvers: async (request) =>
      once(policies, request, async () => read([], async () => source.approvers(request, signal))),
    permissions: async (request) =>
      once(rights, request, async () =>
        read(undefined, async () => source.permissions(request, signal)),
      ),
  }
}

function isTelling({ state }: AccessRequest): boolean {
  return state === 'pending-approval' || state === 'denied'
}

/**
 * A request with the stages that were seen. Who may decide each is known where the policy has as many
 * stages; what was known before stays where nothing was seen.
 */
export function withStages(
  request: AccessRequest,
  seen: readonly SeenStage[],
  approvers: Approvers,
): AccessRequest {
  if (seen.length === 0) return request
  const before = new Map(request.stages.map((stage) => [stage.id, stage.approvers]))
  const isInStep = approvers.length === seen.length
  const stages = seen.map(({ stage }, index) => ({
    ...stage,
    approvers: (isInStep ? approvers[index] : undefined) ?? before.get(stage.id) ?? [],
  }))
  return { ...request, stages }
}

function once<Answer>(
  known: Map<string, Promise<Answer>>,
  { scope, role, reference }: AccessRequest,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const key = JSON.stringify([scope, role, reference.roleDefinitionId])
  const answer = known.get(key) ?? ask()
  known.set(key, answer)
  return answer
}
