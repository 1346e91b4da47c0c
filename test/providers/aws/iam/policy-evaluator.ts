import * as v from 'valibot'

/** A session as a policy on its role sees it. */
export interface Session {
  readonly issuedAt: Date
  readonly sourceIdentity: string | undefined
  readonly userId: string
}

/** Strict, so that a condition which it does not know is an error and not ignored. */
const Policy = v.strictObject({
  Version: v.literal('2012-10-17'),
  Statement: v.array(
    v.strictObject({
      Effect: v.literal('Deny'),
      Action: v.literal('*'),
      Resource: v.literal('*'),
      Condition: v.strictObject({
        DateLessThan: v.strictObject({
          'aws:TokenIssueTime': v.pipe(v.string(), v.isoTimestamp()),
        }),
        StringEquals: v.record(v.picklist(['aws:SourceIdentity', 'aws:userid']), v.string()),
      }),
    }),
  ),
})

/** Whether a policy on its role denies a session everything: all of a statement's conditions must hold. */
export function denies(document: string, session: Session): boolean {
  const { Statement } = v.parse(Policy, JSON.parse(document))
  const keys: Record<string, string | undefined> = {
    'aws:SourceIdentity': session.sourceIdentity,
    'aws:userid': session.userId,
  }
  return Statement.some(({ Condition: { DateLessThan, StringEquals } }) => {
    const isOlder = session.issuedAt < new Date(DateLessThan['aws:TokenIssueTime'])
    // A key that a request does not have equals nothing.
    return isOlder && Object.entries(StringEquals).every(([key, value]) => keys[key] === value)
  })
}
