import * as v from 'valibot'

import { oauthError } from './error.ts'

/** What a `claims` parameter asks of the access token. */
export interface ClaimsAsked {
  /** Authentication contexts, as in `c1`. */
  readonly contexts: readonly string[]
  readonly mfa: boolean
  /** What the client says it can cope with, as in `cp1`. */
  readonly capabilities: readonly string[]
}

const Claim = v.nullish(
  v.object({
    value: v.optional(v.union([v.string(), v.number()])),
    values: v.optional(v.array(v.string())),
  }),
)
const Claims = v.object({
  access_token: v.optional(v.object({ acrs: Claim, amr: Claim, xms_cc: Claim }), {}),
})

/** Reads a `claims` parameter. Throws `invalid_request` where it is no JSON of that form. */
export function readClaims(text: string | undefined): ClaimsAsked {
  const { access_token: claims } = parse(text ?? '{}')
  return {
    contexts: valuesOf(claims.acrs),
    mfa: valuesOf(claims.amr).includes('mfa'),
    capabilities: valuesOf(claims.xms_cc),
  }
}

function parse(text: string): v.InferOutput<typeof Claims> {
  try {
    return v.parse(Claims, JSON.parse(text))
  } catch {
    throw oauthError('invalid_request', 50148, 'The claims parameter is not well formed.')
  }
}

function valuesOf(claim: v.InferOutput<typeof Claim>): readonly string[] {
  const { value, values = [] } = claim ?? {}
  return value === undefined ? values : [...values, String(value)]
}
