import { PimError } from '../core/errors.ts'
import { Secret } from '../core/credentials.ts'
import { formatIdentity, isSameIdentity, type Identity } from '../core/identity.ts'
import { printable } from '../core/printable.ts'
import type { Deps } from '../deps.ts'
import type { ElevateDeps } from '../flows/elevate.ts'
import { planLine } from '../ui/elevation.ts'
import { progressNotes, whileAsking } from './patience.ts'

/** What the elevating flows need, with the words by which a person follows them. */
export function elevateDeps(deps: Deps, mfaToken?: string): ElevateDeps {
  const { io } = deps
  const progress = progressNotes(deps)
  const sayIfSeveral = identityWatch(io)
  return {
    ...deps,
    askMfaCode: askMfaCode(deps, mfaToken),
    hasMfaCode: mfaToken !== undefined || deps.mayPrompt,
    mayAskAgain: deps.mayPrompt,
    tell: {
      plan: (plan, identity) => {
        io.note(planLine(plan, identity, deps.now()))
        if (identity !== undefined) sayIfSeveral(identity.identity)
        for (const notice of plan.notices) io.warn(printable(notice))
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

/** A given code serves one device once; any other is asked for, where a person can be asked. */
function askMfaCode(deps: Deps, given: string | undefined): ElevateDeps['askMfaCode'] {
  let unused = given
  return async (device, target) => {
    if (unused !== undefined) {
      const code = new Secret(unused)
      unused = undefined
      return code
    }
    if (!deps.mayPrompt) throw mfaNeeded(device, target)
    const prompter = await deps.prompter()
    return prompter.mfaCode(device, target)
  }
}

function mfaNeeded(device: string, target: string): PimError {
  return new PimError('sign-in', 'mfa-needed', `the one-time code of ${device} is needed`, {
    target,
    hint: 'give it with `--mfa-token CODE`, or run this in a terminal',
    ownInput: true,
  })
}
