import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'

/** One page of a list: ARM writes `nextLink`, Graph `@odata.nextLink`. */
interface Page {
  readonly value: readonly unknown[]
  readonly next: string | undefined
}

const Answer = v.object({
  value: v.array(v.unknown()),
  nextLink: v.nullish(v.string()),
  '@odata.nextLink': v.nullish(v.string()),
})

/** Reads a page. Throws `unavailable` (`unreadable-answer`) where it is no list, so that it is not taken for an empty one. */
export function readPage(body: unknown): Page {
  const read = v.safeParse(Answer, body)
  if (!read.success) {
    throw new PimError(
      'unavailable',
      'unreadable-answer',
      'the answer is not the list that was asked for',
      {
        hint: 'check for a proxy or firewall between this machine and Microsoft',
      },
    )
  }
  const { value, nextLink, '@odata.nextLink': odataLink } = read.output
  return { value, next: (nextLink ?? odataLink) || undefined }
}
