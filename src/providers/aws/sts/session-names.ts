import type { Ticket } from '../../../core/elevation/justification.ts'
import { formatTicket } from '../../../core/elevation/justification.ts'

export interface SessionTag {
  readonly Key: string
  readonly Value: string
}

const longestName = 64
const longestTagValue = 256

/**
 * A person's name in the characters that STS takes for session names and source identities,
 * `[\w+=,.@-]`, 2 to 64 of them.
 */
export function sessionPerson(name: string, longest = longestName): string {
  const kept = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\w+=,.@-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, longest)
  return kept.length >= 2 ? kept : `user-${kept}`.replace(/-$/, '')
}

/** `RoleSessionName`: the person, then the elevation's id, so that CloudTrail names both. */
export function roleSessionName(person: string, elevationId: string): string {
  return `${sessionPerson(person, longestName - elevationId.length - 1)}-${elevationId}`
}

/**
 * A value as STS takes it for session tags: letters, separators, digits and `_.:/=+-@`, at most 256.
 * Anything else becomes `_`, and so does the colon of the prefix `aws:`, which is AWS's own.
 */
export function tagValue(text: string): string {
  const allowed = text.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, '_').replace(/^aws:/i, 'aws_')
  // Cutting may leave half of a character that takes two units.
  return allowed.slice(0, longestTagValue).replace(/\p{Cs}$/u, '')
}

/** The session tags that carry the reason into CloudTrail and into trust policies. */
export function sessionTags(
  justification: string,
  ticket: Ticket | undefined,
  elevationId: string,
): readonly SessionTag[] {
  return [
    { Key: 'Justification', Value: tagValue(justification) },
    ...(ticket === undefined ? [] : [{ Key: 'Ticket', Value: tagValue(formatTicket(ticket)) }]),
    { Key: 'ElevationId', Value: elevationId },
  ]
}
