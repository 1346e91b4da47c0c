import * as v from 'valibot'
import { printable } from '../../../core/printable.ts'
import { saidIn, type FailedAnswer } from '../errors/error-answer.ts'
import { failedRules, rulesFailedCode } from '../errors/rule-errors.ts'

/**
 * What a sign-in must bring: the claims of a challenge as Microsoft wrote them, which go to the
 * authority whole, and what pim understands of them.
 */
export interface Challenge {
  /** JSON, as it goes into a `claims` parameter. */
  readonly claims: string
  /** Authentication contexts, as in `c1`; `p1` is Azure's own for multi-factor authentication. */
  readonly contexts: readonly string[]
  readonly mfa: boolean
  /** Whether it asks for more, as for another address: only a token got for it can tell. */
  readonly newToken: boolean
}

export function contextChallenge(context: string): Challenge {
  const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: context } } })
  return { claims, contexts: [context], mfa: false, newToken: false }
}

export const mfaChallenge: Challenge = {
  claims: JSON.stringify({ access_token: { amr: { values: ['mfa'] } } }),
  contexts: [],
  mfa: true,
  newToken: false,
}

/** Tells apart what tokens have to be kept apart; empty where any newer token will do. */
export function slotOf({ contexts, mfa }: Pick<Challenge, 'contexts' | 'mfa'>): string {
  return [...contexts.toSorted(), ...(mfa ? ['mfa'] : [])].join('+')
}

/** What that is called in a sentence. */
export function describe({ contexts, mfa }: Challenge): string {
  const named = contexts.filter((context) => context !== mandatoryMfa).map(printable)
  if (named.length > 0) return `that meets the authentication context ${named.join(' and ')}`
  if (contexts.length > 0) return `with multi-factor authentication (${mandatoryMfa})`
  return mfa ? 'with multi-factor authentication' : 'that is newer'
}

/** The context by which Azure demands multi-factor authentication for every change. */
const mandatoryMfa = 'p1'

/** Whether a sign-in on another device may bring it: every other context has to be met where pim runs. */
export function mayBeMetElsewhere({ contexts }: Challenge): boolean {
  return contexts.every((context) => context === mandatoryMfa)
}

/** The claims as `az login --claims-challenge` takes them. */
export function encodedClaims({ claims }: Challenge): string {
  return Buffer.from(claims).toString('base64')
}

/** A challenge that asks for what others asked for as well; unchanged where it does already. */
export function together(challenge: Challenge, others: readonly Challenge[]): Challenge {
  const contexts = [...new Set([challenge, ...others].flatMap((one) => one.contexts))]
  const mfa = challenge.mfa || others.some((one) => one.mfa)
  if (contexts.length === challenge.contexts.length && mfa === challenge.mfa) return challenge
  const { access_token: asked, ...rest } = v.parse(Whole, challenge.claims)
  const [only, ...more] = contexts
  const values = more.length === 0 ? { value: only } : { values: contexts }
  const access = {
    ...asked,
    ...(contexts.length > 0 && { acrs: { essential: true, ...values } }),
    ...(mfa && { amr: { values: ['mfa'] } }),
  }
  return { ...challenge, contexts, mfa, claims: JSON.stringify({ ...rest, access_token: access }) }
}

/** Whether what answers one challenge answers another. */
export function covers(one: Challenge, other: Challenge): boolean {
  return (
    other.contexts.every((context) => one.contexts.includes(context)) &&
    (one.mfa || !other.mfa) &&
    (one.newToken || !other.newToken)
  )
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
  const demanded =
    answer.status === 401
      ? challengeInHeader(answer.headers.get('www-authenticate') ?? '')
      : undefined
  if (demanded !== undefined || said === undefined) return demanded
  if (isMandatoryMfa(code, said.message)) return mfaChallenge
  if (answer.status === 401) return undefined
  if (acrsFailed.includes(code)) return challengeInMessage(said.message)
  if (code !== rulesFailedCode) return undefined
  const rules = failedRules(said.message)
  return rules.length === 1 && rules[0] === 'mfarule' ? mfaChallenge : undefined
}

/** Azure demands a second factor for changes under a code of its own, or under that of any policy. */
export function isMandatoryMfa(code: string, message: string): boolean {
  const folded = code.toLowerCase()
  if (folded === 'requestdisallowedbyazure') return true
  return folded === 'requestdisallowedbypolicy' && /\bReasons: MFA is required\b/i.test(message)
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
  v.looseObject({
    access_token: v.looseObject({ acrs: v.optional(Wanted), amr: v.optional(Wanted) }),
  }),
)

/** The same without any change to what is in it. */
const Whole = v.pipe(v.string(), v.parseJson(), v.looseObject({ access_token: v.looseObject({}) }))

/** Reads claims as JSON, URL-encoded, base64 or base64url. */
export function readClaims(text: string): Challenge | undefined {
  const plain = urlDecoded(text)
  const forms = [plain, Buffer.from(plain, 'base64').toString('utf8')]
  const claims = forms.find((form) => v.safeParse(Claims, form).success)
  if (claims === undefined) return undefined
  const { acrs, amr, ...others } = v.parse(Claims, claims).access_token
  const contexts = [...new Set(all(acrs))]
  const mfa = all(amr).includes('mfa')
  const newToken = Object.keys(others).some((name) => name !== 'xms_cc')
  if (contexts.length === 0 && !mfa && !newToken) return undefined
  return { claims, contexts, mfa, newToken }
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
