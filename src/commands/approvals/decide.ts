import type { AccessRequest, Verdict } from '../../core/elevation/approval.ts'
import { asPimError, PimError, worstExitCode } from '../../core/errors.ts'
import { missingInput } from '../../core/elevation/missing-input.ts'
import { printable } from '../../core/printable.ts'
import { parseJustification } from '../../core/elevation/justification.ts'
import { formatTarget } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { decide } from '../../flows/approve/decide.ts'
import { findRequests, requestById, type LocatedRequest } from '../../flows/approve/requests.ts'
import { sayTroubles } from '../provider-troubles.ts'
import { requestDetails, requestJson } from '../../ui/access-request.ts'

export interface DecideFlags {
  readonly justification?: string
}

/** `pim approve|deny <id…>`: each is shown, then decided by itself, and the exit code is the worst. */
export async function decideCommand(
  decision: Verdict['decision'],
  ids: readonly string[],
  flags: DecideFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  if (!deps.mayPrompt) requireInputs(decision, ids, flags)
  const chosen = ids.length > 0 ? [...new Set(ids)] : await pickRequests(decision, deps)
  const found = await Promise.all(chosen.map(async (id) => locate(id, deps)))
  const located = found.flatMap((each) => ('located' in each ? [each] : []))
  // What is decided is read first, and decided then.
  if (ids.length > 0) for (const { located: each } of located) show(each, deps)
  const justification = located.length > 0 ? await reason(decision, flags, deps) : ''
  const decided = await Promise.all(
    located.map(async (each) => attempt(each, { decision, justification }, deps)),
  )
  const results: readonly Result[] = chosen.map(
    (id) => decided.find((each) => each.id === id) ?? missed(id, found),
  )
  for (const { error } of results) if (error !== undefined) io.error(error)
  if (io.wantsJson) {
    io.json({
      schema: 'pim.requests/v1',
      requests: results.flatMap(({ request }) => (request ? [requestJson(request)] : [])),
      errors: results.flatMap(({ id, error }) => (error ? [{ id, error: error.toJSON() }] : [])),
    })
  }
  return worstExitCode(results.map(({ error }) => error?.exitCode ?? 0))
}

interface Located {
  readonly id: string
  readonly located: LocatedRequest
}

interface Missed {
  readonly id: string
  readonly error: PimError
}

async function locate(id: string, deps: Deps): Promise<Located | Missed> {
  try {
    return { id, located: await requestById(id, deps) }
  } catch (error) {
    return { id, error: asPimError(error) }
  }
}

function missed(id: string, found: readonly (Located | Missed)[]): Result {
  const one = found.find((each) => each.id === id)
  return one !== undefined && 'error' in one ? one : { id }
}

function show({ request }: LocatedRequest, { io, now }: Pick<Deps, 'io' | 'now'>): void {
  for (const line of requestDetails(request, now())) io.note(line)
}

async function pickRequests(decision: Verdict['decision'], deps: Deps): Promise<readonly string[]> {
  const { requests, troubles } = await findRequests('to-approve', deps)
  sayTroubles(troubles, deps)
  if (requests.length === 0) throw nothingWaits()
  for (const line of requests.flatMap((request) => requestDetails(request, deps.now()))) {
    deps.io.note(line)
  }
  const prompter = await deps.prompter()
  const word = decision === 'approve' ? 'Approve' : 'Deny'
  const picked = await prompter.pick(word, requests.map(choiceOf))
  return requests.filter((request) => picked.includes(choiceOf(request))).map(({ id }) => id)
}

function choiceOf(request: AccessRequest): string {
  return `${request.requester.name} ${formatTarget(request)} ${request.id}`
}

async function reason(
  decision: Verdict['decision'],
  { justification }: DecideFlags,
  deps: Deps,
): Promise<string> {
  if (justification !== undefined) return parseJustification(justification)
  const prompter = await deps.prompter()
  return parseJustification(await prompter.justification([], `Why do you ${decision}?`))
}

interface Result {
  readonly id: string
  readonly request?: AccessRequest
  readonly error?: PimError
}

async function attempt({ id, located }: Located, verdict: Verdict, deps: Deps): Promise<Result> {
  try {
    const request = await decide(located, verdict, deps)
    const word = verdict.decision === 'approve' ? 'approved' : 'denied'
    const isLast = request.state !== 'pending-approval'
    const more = isLast ? '' : '; it waits for the next stage now'
    const target = printable(formatTarget(request))
    deps.io.note(`${word} request ${printable(id)} for \`${target}\`${more}`)
    return { id, request }
  } catch (error) {
    return { id, error: asPimError(error) }
  }
}

function requireInputs(
  decision: Verdict['decision'],
  ids: readonly string[],
  { justification }: DecideFlags,
): void {
  const missing = [
    ...(ids.length === 0 ? [{ input: 'request' } as const] : []),
    ...(justification === undefined ? [{ input: 'justification' } as const] : []),
  ]
  if (missing.length === 0) return
  throw missingInput(
    missing,
    `as in \`pim ${decision} <id> -j "…"\`; \`pim requests --to-approve\` shows the ids`,
  )
}

function nothingWaits(): PimError {
  return new PimError('usage', 'nothing-to-decide', 'nothing waits for you to decide', {
    hint: '`pim requests` shows what you asked for yourself',
  })
}
