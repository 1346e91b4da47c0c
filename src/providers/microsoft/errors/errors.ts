import { formatDuration, seconds } from '../../../core/time/duration.ts'
import { PimError } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { strangerHint } from '../../../core/http/route.ts'
import { challengeReason, meaningOfReason } from './challenge-reason.ts'
import { isMandatoryMfa } from '../tokens/claims-challenge.ts'
import { providerAnswer, saidIn, type FailedAnswer, type Said } from './error-answer.ts'
import { meaningOf, meaningOfStatus, mfaNeeded, signInAgain, type Meaning } from './error-codes.ts'
import { waitAsked } from '../http/retry-after.ts'
import { meaningOfRules, rulesFailedCode } from './rule-errors.ts'
import { adminConsentUrl, scopesNamedIn } from '../http/permissions.ts'

/** An answer of ARM or Graph that is no success, as the error a person can act on. */
export function toPimError(answer: FailedAnswer): PimError {
  const said = saidIn(answer.body)
  if (said !== undefined && said.code.toLowerCase() === 'permissionscopenotgranted') {
    return consentMissing(answer, said)
  }
  const { kind, code, says, hint } = meaning(answer, said)
  return new PimError(kind, code, says ?? wordsOf(said), { hint, provider: providerAnswer(answer) })
}

function meaning(answer: FailedAnswer, said: Said | undefined): Meaning {
  const { status } = answer
  // Who is throttled or let down hears of that first, whatever the words.
  if (status === 429) return throttled(answer)
  if (status >= 500) return failing(said)
  const refused = meaningOfReason(challengeReason(answer))
  if (refused !== undefined) return refused
  if (said === undefined) return meaningOfStatus(status) ?? notMicrosoft(answer)
  if (isMandatoryMfa(said.code, said.message)) return mfaNeeded
  if (said.code.toLowerCase() === rulesFailedCode) {
    return meaningOfRules(said.message) ?? policyRefused
  }
  return meaningOf(said.code) ?? meaningOfStatus(status) ?? unknownRefusal
}

function throttled({ headers }: FailedAnswer): Meaning {
  const wait = waitAsked(headers)
  const length = wait === undefined ? undefined : seconds(Math.max(1, Math.ceil(wait)))
  return {
    kind: 'unavailable',
    code: 'throttled',
    says:
      length === undefined
        ? 'Microsoft throttles requests for now; this one was not carried out'
        : `Microsoft throttles requests for ${formatDuration(length)}; this one was not carried out`,
    hint: length === undefined ? 'try again in a minute' : `try again in ${length.seconds} s`,
  }
}

function failing(said: Said | undefined): Meaning {
  const words = said === undefined ? '' : `: ${wordsOf(said)}`
  return {
    kind: 'unavailable',
    code: 'provider-failing',
    says: `Microsoft could not answer${words}`,
    hint: 'try again in a minute',
  }
}

/** Something else than Microsoft answered. */
function notMicrosoft({ route = [] }: FailedAnswer): Meaning {
  return {
    kind: 'unavailable',
    code: 'unreadable-answer',
    says: 'the answer did not come from Microsoft',
    hint: strangerHint(route, 'Microsoft'),
  }
}

const policyRefused: Meaning = {
  kind: 'refused',
  code: 'policy-refused',
  hint: '`pim list --requirements` shows what the policy demands',
}

const unknownRefusal: Meaning = {
  kind: 'refused',
  code: 'provider-refused',
  hint: 'pim does not know this answer; its code and request id are in the output of `--json`',
}

const longestMessage = 600

function wordsOf(said: Said | undefined): string {
  const words = printable(said?.message.trim() ?? '').slice(0, longestMessage)
  return words === '' ? `Microsoft refused with ${printable(said?.code ?? 'no reason')}` : words
}

function consentMissing(answer: FailedAnswer, said: Said): PimError {
  const named = scopesNamedIn(said.message)
  const list = named.map(({ name, why }) => `${name} (${why})`).join(', ')
  const { consent } = answer
  return new PimError(
    'sign-in',
    'consent-missing',
    list === '' ? wordsOf(said) : `the sign-in lacks a permission: ${list}`,
    {
      hint:
        consent === undefined
          ? `grant it to the application that signs in; a person signs in with \`pim login azure\``
          : `${consentAdvice(adminConsentUrl(consent))}; then ${signInAgain}`,
      provider: providerAnswer(answer),
    },
  )
}

/** Who can consent for a whole tenant, and where. */
export function consentAdvice(url: string): string {
  return `a Privileged Role Administrator or Global Administrator can consent at ${url}`
}
