import { Secret } from '../../core/credentials.ts'
import { formatIdentity, isSameIdentity, type Identity } from '../../core/identity/identity.ts'
import { missingInput } from '../../core/elevation/missing-input.ts'
import { printable } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import type { ElevateDeps } from '../../flows/elevate/deps.ts'
import { askingOnce } from '../../flows/elevate/needed-input.ts'
import { aboutTarget, planLine } from '../../ui/elevation.ts'
import { progressNotes, whileAsking } from '../progress.ts'

/** What the elevating flows need, with the words by which a person follows them. */
export function elevateDeps(deps: Deps, mfaToken?: string): ElevateDeps {
  const { io } = deps
  const progress = progressNotes(deps)
  const sayIfSeveral = identityWatch(io)
  return {
    ...deps,
    provider: askingOnce(deps.provider),
    askMfaCode: askMfaCode(deps, mfaToken),
    hasMfaCode: mfaToken !== undefined || deps.mayPrompt,
    mayAskAgain: deps.mayPrompt,
    tell: {
      plan: (plan, identity) => {
        io.note(planLine(plan, identity, deps.now()))
        if (identity !== undefined) sayIfSeveral(identity.identity)
        for (const notice of plan.notices) io.warn(aboutTarget(plan, notice))
      },
      notice: (target, text) => io.warn(`\`${printable(target)}\`: ${printable(text)}`),
      waiting: (target, holder) =>
        io.note(
          `waiting for ${printable(holder ?? 'another pim')}, which is at work on \`${printable(target)}\``,
        ),
      news: (target, text) => io.note(`\`${printable(target)}\`: ${printable(text)}`),
      progress,
      asking: (target, answer) => whileAsking(target, answer, progress),
    },
  }
}

/** Says once when one command acts as several accounts of a cloud: a person may have meant one. */
function identityWatch(io: Deps['io']): (identity: Identity) => void {
  const used = new Map<string, Identity>()
  return (identity) => {
    const before = used.get(identity.cloud)
    used.set(identity.cloud, before ?? identity)
    if (before === undefined || isSameIdentity(before, identity)) return
    const [one, other] = [before, identity].map((each) => printable(formatIdentity(each)))
    io.warn(`this command uses two accounts: ${one}, and ${other}`)
  }
}

/**
 * A given code serves one device once; any other is asked for, where a person can be asked. A provider
 * takes each code once, be it for another target or after it was refused.
 */
function askMfaCode(deps: Deps, given: string | undefined): ElevateDeps['askMfaCode'] {
  const spent = new Map<string, readonly Secret[]>()
  let unused = given
  const next = async (device: string, target: string): Promise<Secret> => {
    if (unused !== undefined) {
      const code = new Secret(unused)
      unused = undefined
      return code
    }
    if (!deps.mayPrompt) throw missingInput([{ input: 'mfa-code', target, device }])
    const prompter = await deps.prompter()
    return prompter.mfaCode(device, target, spent.get(device))
  }
  return async (device, target) => {
    const code = await next(device, target)
    spent.set(device, [...(spent.get(device) ?? []), code])
    return code
  }
}
