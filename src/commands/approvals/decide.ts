import type { AccessRequest, Verdict } from '../../core/approval.ts'
import { asPimError, PimError, worstExitCode } from '../../core/errors.ts'
import { missingInput } from '../../core/missing-input.ts'
import { printable } from '../../core/printable.ts'
import { parseJustification } from '../../core/request.ts'
import { formatTarget } from '../../core/target.ts'
import type { Deps } from '../../deps.ts'
import { decide } from '../../flows/decide.ts'
import { findRequests, requestById } from '../../flows/requests.ts'
import { requestDetails, requestJson } from '../../ui/request.ts'

export interface DecideFlags {
  readonly justification?: string
}

/** `pim approve|deny <id…>`: each is decided by itself, and the exit code is the worst. */
export async function decideCommand(
  decision: Verdict['decision'],
  ids: readonly string[],
  flags: DecideFlags,
  deps: Deps,
): Promise<number> {
  const { io } = deps
  if (!deps.mayPrompt) requireInputs(decision, ids, flags)
  const chosen = ids.length > 0 ? [...new Set(ids)] : await pickRequests(decision, deps)
  const justification = await reason(decision, flags, deps)
  const results = await Promise.all(
    chosen.map((id) => attempt(id, { decision, justification }, ids.length === 0, deps)),
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

async function pickRequests(decision: Verdict['decision'], deps: Deps): Promise<readonly string[]> {
  const { requests, troubles } = await findRequests('to-approve', deps)
  for (const { provider, error } of troubles)
    deps.io.warn(`${provider}: ${printable(error.message)}`)
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

async function attempt(
  id: string,
  verdict: Verdict,
  isShown: boolean,
  deps: Deps,
): Promise<Result> {
  const { io } = deps
  try {
    const located = await requestById(id, deps)
    if (!isShown) for (const line of requestDetails(located.request, deps.now())) io.note(line)
    const request = await decide(located, verdict, deps)
    const word = verdict.decision === 'approve' ? 'approved' : 'denied'
    const isLast = request.state !== 'pending-approval'
    const more = isLast ? '' : '; it waits for the next stage now'
    io.note(`${word} request ${printable(id)} for \`${printable(formatTarget(request))}\`${more}`)
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
