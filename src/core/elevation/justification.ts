import { PimError } from '../errors.ts'

/** A reference into a ticket system, `SYSTEM:NUMBER` or only `NUMBER`. */
export interface Ticket {
  readonly system?: string
  readonly number: string
}

const longestJustification = 500

/**
 * Free text that says why. White space is folded to single spaces; other control characters are
 * refused, since the text travels into logs and tags.
 */
export function parseJustification(text: string): string {
  const folded = text.replace(/\s+/gu, ' ').trim()
  // Characters that show as nothing say nothing.
  if (folded.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim() === '') {
    throw new PimError('usage', 'empty-justification', 'the justification is empty', {
      hint: 'say in a few words why the access is needed: `-j "restart the queue"`',
    })
  }
  if (/[\p{Cc}\p{Cs}]/u.test(folded)) {
    throw new PimError(
      'usage',
      'invalid-justification',
      'the justification holds control characters',
      { hint: 'use plain text' },
    )
  }
  if (folded.length > longestJustification) {
    throw new PimError(
      'usage',
      'long-justification',
      `the justification has ${folded.length} characters; at most ${longestJustification} are kept on record`,
      { hint: 'shorten it, and put the rest into the ticket' },
    )
  }
  return folded
}

/** Reads `SYSTEM:NUMBER` or `NUMBER`. */
export function parseTicket(text: string): Ticket {
  const match = /^(?:([\w .-]{1,64}):)?([\w#./-]{1,64})$/u.exec(text.trim())
  const [, system, number] = match ?? []
  if (number !== undefined) return { ...(system !== undefined && { system }), number }
  throw new PimError(
    'usage',
    'invalid-ticket',
    `the ticket ${JSON.stringify(text)} is not a reference`,
    {
      hint: 'write `SYSTEM:NUMBER` or `NUMBER`, as in `JIRA:OPS-1`',
    },
  )
}

export function formatTicket({ system, number }: Ticket): string {
  return system === undefined ? number : `${system}:${number}`
}
