import * as v from 'valibot'

import type { Key } from './sts/keys.ts'

/** The inline policies of roles, by the names of the role and the policy. They end with the server. */
export interface RolePolicies {
  readonly put: (role: string, name: string, document: string) => void
  readonly get: (role: string, name: string) => string | undefined
  /** False where there was none. */
  readonly remove: (role: string, name: string) => boolean
  readonly all: (role: string) => readonly string[]
  /** Whether a policy on its own role denies this session everything. */
  readonly deny: (key: Key) => boolean
}

export function createRolePolicies(): RolePolicies {
  const byRole = new Map<string, Map<string, string>>()
  const of = (role: string): Map<string, string> => byRole.get(role) ?? new Map<string, string>()
  const all = (role: string): readonly string[] => [...of(role).values()]
  return {
    put: (role, name, document) => void byRole.set(role, of(role).set(name, document)),
    get: (role, name) => of(role).get(name),
    remove: (role, name) => of(role).delete(name),
    all,
    deny: (key) =>
      key.identity.kind === 'role' &&
      all(key.identity.role.name).some((document) => denies(document, key)),
  }
}

const Everything = v.union([v.literal('*'), v.tuple([v.literal('*')])])

/** All that the sandbox enforces of a policy is what denies older sessions; it keeps the rest. */
const DenyOlder = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.literal('Deny'),
  Action: Everything,
  Resource: Everything,
  Condition: v.strictObject({
    DateLessThan: v.strictObject({ 'aws:TokenIssueTime': v.string() }),
    StringEquals: v.optional(
      v.strictObject({
        'aws:SourceIdentity': v.optional(v.string()),
        'aws:userid': v.optional(v.string()),
      }),
      {},
    ),
  }),
})

const Document = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ Statement: v.union([v.array(v.unknown()), v.record(v.string(), v.unknown())]) }),
)

/** Whether IAM would take it, as far as the sandbox looks. */
export function isPolicy(document: string): boolean {
  return v.is(Document, document)
}

function denies(document: string, { identity, session }: Key): boolean {
  if (identity.kind !== 'role' || session === undefined) return false
  const { Statement } = v.parse(Document, document)
  return [Statement].flat().some((statement) => {
    const parsed = v.safeParse(DenyOlder, statement)
    if (!parsed.success) return false
    const { DateLessThan, StringEquals } = parsed.output.Condition
    const { 'aws:SourceIdentity': person, 'aws:userid': userId } = StringEquals
    return (
      session.issuedAt < new Date(DateLessThan['aws:TokenIssueTime']) &&
      (person ?? identity.sourceIdentity) === identity.sourceIdentity &&
      (userId ?? identity.userId) === identity.userId
    )
  })
}
