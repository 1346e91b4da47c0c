import * as v from 'valibot'
import { after, parseDuration, seconds, type Duration } from '../../../core/time/duration.ts'
import { PimError } from '../../../core/errors.ts'

/** What ARM and Graph say of a request: their word for its state, and when it is to count. */
export interface RequestAnswer {
  readonly id: string
  readonly status: string
  readonly startsAt: Date | undefined
  readonly expiresAt: Date | undefined
  /** How long it is to count. It may be said without a start, which then is that of the approval. */
  readonly duration?: Duration | undefined
  /** Whose decision it waits for, or got: ARM writes a path, Graph an id. */
  readonly approvalId: string | undefined
}

/** A moment as RFC 3339, with fractions of a second or without. */
export const Moment = v.pipe(
  v.string(),
  v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i),
  v.transform((text) => new Date(text)),
  v.check((moment) => !Number.isNaN(moment.getTime())),
)

const Request = v.object({
  status: v.string(),
  approvalId: v.nullish(v.string()),
  scheduleInfo: v.nullish(
    v.object({
      startDateTime: v.nullish(Moment),
      expiration: v.nullish(
        v.object({ duration: v.nullish(v.string()), endDateTime: v.nullish(Moment) }),
      ),
    }),
  ),
})

/**
 * Reads a request: the `properties` of ARM's answer, or the whole of Graph's. Throws `unavailable`
 * (`unreadable-answer`) where it holds no status, or times that are none.
 */
export function readRequest(id: string, fields: unknown): RequestAnswer {
  const read = v.safeParse(Request, fields)
  if (!read.success) throw unreadable(read.issues)
  const { status, scheduleInfo, approvalId } = read.output
  const startsAt = scheduleInfo?.startDateTime ?? undefined
  const { duration, endDateTime } = scheduleInfo?.expiration ?? {}
  const length = lengthOf(duration, startsAt, endDateTime ?? undefined)
  const end = endDateTime ?? (startsAt && length ? after(startsAt, length) : undefined)
  return {
    id,
    status,
    startsAt,
    expiresAt: end,
    ...(length !== undefined && { duration: length }),
    approvalId: approvalId ?? undefined,
  }
}

function lengthOf(
  text: string | null | undefined,
  start: Date | undefined,
  end: Date | undefined,
): Duration | undefined {
  if (start !== undefined && end !== undefined) {
    const length = Math.floor((end.getTime() - start.getTime()) / 1000)
    return length > 0 ? seconds(length) : undefined
  }
  try {
    return text ? parseDuration(text) : undefined
  } catch {
    return undefined
  }
}

/** The answer cannot be read; which fields it was. Its values stay out of the message. */
export function unreadable(issues: readonly v.BaseIssue<unknown>[]): PimError {
  const fields = issues.map((issue) => v.getDotPath(issue) ?? '').filter((field) => field !== '')
  const where = fields.length > 0 ? ` (${fields.join(', ')})` : ''
  return new PimError('unavailable', 'unreadable-answer', `the answer cannot be read${where}`, {
    hint: 'check for a proxy or firewall between this machine and Microsoft',
  })
}
