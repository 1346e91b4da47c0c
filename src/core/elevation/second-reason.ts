import type { Elevation } from './elevation.ts'
import { formatTicket } from './justification.ts'

/** Why somebody uses what is active already, for another reason than the one it was requested with. */
export type SecondReason = {
  readonly justification?: string
  readonly ticket?: { readonly system?: string; readonly number: string }
}

interface Reused {
  readonly changed: boolean
  readonly elevation: Pick<Elevation, 'justification' | 'ticket'>
}

/** What a request says that is not on record with the elevation which it found; undefined where that is nothing. */
export function secondReason(
  { justification, ticket }: SecondReason,
  { changed, elevation }: Reused,
): SecondReason | undefined {
  if (changed) return undefined
  const hasReason = justification !== undefined && justification !== elevation.justification
  const before = elevation.ticket && formatTicket(elevation.ticket)
  const hasTicket = ticket !== undefined && formatTicket(ticket) !== before
  if (!hasReason && !hasTicket) return undefined
  return { ...(hasReason && { justification }), ...(hasTicket && { ticket }) }
}
