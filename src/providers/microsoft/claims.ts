import * as v from 'valibot'
import { saidIn, type FailedAnswer } from './failure.ts'
import { failedRules, rulesFailedCode } from './rules.ts'

/**
 * What a sign-in must bring: authentication contexts, a second factor, or to be newer than a
 * certain second. Read from what a server says and written anew by us: nothing else that a server
 * put into its claims gets into a sign-in.
 */
export interface Challenge {
  readonly contexts: readonly string[]
  readonly mfa: boolean
  /** Seconds since 1970, as digits. */
  readonly notBefore?: string
}

export function contextChallenge(context: string): Challenge {
  return { contexts: [context], mfa: false }
}

const mfaChallenge: Challenge = { contexts: [], mfa: true }

/** Tells apart what tokens have to be kept apart; empty where any newer token will do. */
export function slotOf({ contexts, mfa }: Challenge): string {
  return [...contexts.toSorted(), ...(mfa ? ['mfa'] : [])].join('+')
}

/** What that is called in a sentence. */
export function describe({ contexts, mfa }: Challenge): string {
  const [first] = contexts
  if (first !== undefined) {
    return `that meets the authentication context ${contexts.join(' and ')}`
  }
  return mfa ? 'with multi-factor authentication' : 'that is newer'
}

/** The claims as the authority and `az login --claims-challenge` take them. */
export function claimsOf({ contexts, mfa, notBefore }: Challenge): string {
  const [only, ...more] = contexts
  return JSON.stringify({
    access_token: {
      ...(only !== undefined && {
        acrs:
          more.length === 0
            ? { essential: true, value: only }
            : { essential: true, values: contexts },
      }),
      ...(mfa && { amr: { values: ['mfa'] } }),
      ...(notBefore !== undefined && { nbf: { essential: true, value: notBefore } }),
    },
  })
}

const acrsFailed = [
  'roleassignmentrequestacrsvalidationfailed',
  'groupassignmentrequestacrsvalidationfailed',
]

/** The sign-in that an answer asks for; undefined where it asks for none, or for none we understand. */
export function challengeIn(answer: FailedAnswer): Challenge | undefined {
  const said = saidIn(answer.body)
  const code = said?.code.toLowerCase() ?? ''
  // Always for the fields of a challenge in the header: it is of the protocol, the rest is PIM's.
  if (answer.status === 401) return challengeInHeader(answer.headers.get('www-authenticate') ?? '')
  if (said === undefined) return undefined
  if (acrsFailed.includes(code)) return challengeInMessage(said.message)
  if (code === 'requestdisallowedbyazure') return mfaChallenge
  if (code !== rulesFailedCode) return undefined
  const rules = failedRules(said.message)
  return rules.length === 1 && rules[0] === 'mfarule' ? mfaChallenge : undefined
}

function challengeInHeader(header: string): Challenge | undefined {
  const claims = /\bclaims="([^"]{1,8192})"/i.exec(header)?.[1]
  return claims === undefined ? undefined : readClaims(claims)
}

/** The message is, or ends in, `claims=` and URL-encoded JSON. */
function challengeInMessage(message: string): Challenge | undefined {
  const claims = /\bclaims=([^&\s]{1,8192})/i.exec(message)?.[1]
  return claims === undefined ? undefined : readClaims(claims)
}

const Wanted = v.fallback(
  v.object({ value: v.optional(v.string()), values: v.optional(v.array(v.string())) }),
  {},
)

const Claims = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    access_token: v.object({
      acrs: v.optional(Wanted),
      amr: v.optional(Wanted),
      nbf: v.optional(Wanted),
    }),
  }),
)

/** Reads claims as JSON, URL-encoded, base64 or base64url. */
export function readClaims(text: string): Challenge | undefined {
  const plain = urlDecoded(text)
  const forms = [plain, Buffer.from(plain, 'base64').toString('utf8')]
  const read = forms.map((form) => v.safeParse(Claims, form)).find(({ success }) => success)
  if (read?.success !== true) return undefined
  const { acrs, amr, nbf } = read.output.access_token
  const contexts = [...new Set(all(acrs).filter((value) => /^c\d{1,2}$/.test(value)))]
  const mfa = all(amr).includes('mfa')
  const notBefore = all(nbf).find((value) => /^\d{1,12}$/.test(value))
  if (contexts.length === 0 && !mfa && notBefore === undefined) return undefined
  return { contexts, mfa, ...(notBefore !== undefined && { notBefore }) }
}

function all(wanted: v.InferOutput<typeof Wanted> | undefined): readonly string[] {
  const { value, values = [] } = wanted ?? {}
  return value === undefined ? values : [value, ...values]
}

function urlDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
