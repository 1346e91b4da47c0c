import { PimError, type ProviderAnswer } from '../../../core/errors.ts'
import { printable } from '../../../core/printable.ts'
import { describe, type Challenge } from '../tokens/claims-challenge.ts'
import type { FailedAnswer } from './error-answer.ts'
import type { Meaning } from './error-codes.ts'

const longestReason = 200

/** Why a sign-in is not accepted, in Microsoft's words; undefined where the header does not say. */
export function challengeReason({ status, headers }: FailedAnswer): string | undefined {
  if (status !== 401) return undefined
  const header = headers.get('www-authenticate') ?? ''
  const words = /\berror_description="([^"]{1,1000})"/i.exec(header)?.[1]?.trim()
  if (words === undefined || words === '') return undefined
  return printable(words.replace(/[\w.~+/=-]{100,}/g, '[secret]').slice(0, longestReason))
}

/** What that means, where it is about the place that a sign-in comes from. */
export function meaningOfReason(reason: string | undefined): Meaning | undefined {
  if (reason === undefined) return undefined
  const isPlace = /location|IP policy|ip ?addr/i.test(reason)
  return {
    kind: 'sign-in',
    code: isPlace ? 'location-refused' : 'token-refused',
    says: isPlace
      ? `Microsoft refuses the sign-in from this network (location): ${reason}`
      : `Microsoft does not accept the sign-in: ${reason}`,
    hint: isPlace
      ? 'use a network that your organisation allows, or ask an administrator of the tenant about its location and IP policies'
      : 'sign in again with `pim login azure`; where another program signs in, sign in there',
  }
}

/**
 * A challenge that a sign-in has answered, and that Microsoft makes again. To do the same once more
 * would change nothing: what is left is an administrator's to look at.
 */
export function refusedAgain(challenge: Challenge, provider?: ProviderAnswer): PimError {
  const named = challenge.contexts.map(printable).join(', ')
  const policy =
    named === ''
      ? 'the MFA setting of the role in Privileged Identity Management'
      : `the Conditional Access policy for ${named}`
  return new PimError(
    'sign-in',
    'step-up-refused',
    `Microsoft refused a sign-in ${describe(challenge)}, though it was made for this`,
    {
      hint: `ask an administrator to check ${policy} and the Entra sign-in log of your account`,
      provider,
    },
  )
}
