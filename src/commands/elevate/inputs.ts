import { missingInput } from '../../core/elevation/missing-input.ts'
import { parseJustification, parseTicket } from '../../core/elevation/justification.ts'
import { formatTarget, type Target } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import type { ElevateDeps } from '../../flows/elevate/deps.ts'
import {
  missingCodes,
  missingSignIn,
  needsOf,
  type Needs,
} from '../../flows/elevate/needed-input.ts'
import { assertIdentityUsed } from '../account/identity-options.ts'
import { requestsFor, type Wish } from './flags.ts'

interface Inputs {
  readonly wish: Wish
  /** For each target, in their order. */
  readonly needs: readonly Needs[]
}

type InputDeps = Pick<Deps, 'mayPrompt' | 'prompter' | 'audit' | 'globals' | 'provider'>

/**
 * The wish with everything that the targets demand: what is missing is asked for where a person can be
 * asked. Elsewhere one error names all of it, for all targets, before anything is done.
 */
export async function withInputs(
  wish: Wish,
  targets: readonly Target[],
  mfaToken: string | undefined,
  tools: ElevateDeps,
  deps: InputDeps,
): Promise<Inputs> {
  await assertIdentityUsed(targets, deps)
  const needs = await needsOf(requestsFor(targets, wish), tools)
  const missing = needs.flatMap((each) => each.missing)
  const all = [...missing, ...missingCodes(needs, mfaToken !== undefined)]
  if (!deps.mayPrompt && all.length > 0) throw missingInput(all)
  const refusal = missingSignIn(needs)
  if (refusal !== undefined) throw refusal
  return { wish: deps.mayPrompt ? await askFor(wish, needs, deps) : wish, needs }
}

async function askFor(wish: Wish, needs: readonly Needs[], deps: InputDeps): Promise<Wish> {
  const lacks = (input: string) =>
    needs.filter(({ missing }) => missing.some((each) => each.input === input))
  let asked = wish
  if (lacks('justification').length > 0) {
    const prompter = await deps.prompter()
    const answer = await prompter.justification(await recentJustifications(deps))
    asked = { ...asked, justification: parseJustification(answer) }
  }
  const ticketed = lacks('ticket')
  if (ticketed.length > 0) {
    const names = ticketed.map(({ request }) => formatTarget(request.target)).join(', ')
    const prompter = await deps.prompter()
    asked = { ...asked, ticket: parseTicket(await prompter.ticket(names)) }
  }
  return asked
}

const offered = 20

async function recentJustifications({ audit }: Pick<Deps, 'audit'>): Promise<readonly string[]> {
  const reasons = new Set<string>()
  const reading = { order: 'newest-first', mentioning: ['elevation.requested'] } as const
  for await (const { event, justification } of audit.read(reading)) {
    if (event === 'elevation.requested' && typeof justification === 'string') {
      reasons.add(justification)
    }
    if (reasons.size === offered) break
  }
  return [...reasons]
}
