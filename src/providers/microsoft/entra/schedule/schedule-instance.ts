import { lastTokenEnds } from '../token-lifetime.ts'
import type { Standing } from '../../../../core/provider.ts'
import { fold } from '../unique-names.ts'

/** What may be activated, in Graph's own words and spelling: they are sent back as they came. */
export type Right = Readonly<Record<string, string>>

/** A row of a list of schedule instances: a right that is held, or that is active. */
export interface Instance {
  readonly right: Right
  /** Whether it was activated. What was assigned is active too, but nobody asked for it. */
  readonly isActivated: boolean
  readonly startsAt: Date | undefined
  /** Undefined where no end is set. */
  readonly endsAt: Date | undefined
  /** What a later call needs to know of it: names and ids. */
  readonly facts: Readonly<Record<string, string>>
}

export function rightKey(right: Right): string {
  return Object.keys(right)
    .toSorted()
    .map((field) => fold(right[field] ?? ''))
    .join('\n')
}

export function isSameRight(one: Right, other: Right): boolean {
  return rightKey(one) === rightKey(other)
}

/** The rows of each right, in the order they came: directly held, inherited and by a group. */
export function byRight<Row extends Instance>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly [Row, ...Row[]]> {
  const grouped = new Map<string, [Row, ...Row[]]>()
  for (const row of rows) {
    const key = rightKey(row.right)
    const known = grouped.get(key)
    if (known === undefined) grouped.set(key, [row])
    else known.push(row)
  }
  return grouped
}

/** When a right ends that these rows give: with the last of them, or never that anybody knows. */
export function lastEnd(rows: readonly Instance[]): Date | undefined {
  let last: Date | undefined
  for (const { endsAt } of rows) {
    if (endsAt === undefined) return undefined
    if (last === undefined || endsAt > last) last = endsAt
  }
  return last
}

/** An activation without an end outlasts whatever a date can say. */
const noEnd = new Date('9999-12-31T23:59:59Z')

export function endOf({ endsAt }: Instance): Date {
  return endsAt ?? noEnd
}

/** A right that is active, since when. */
export interface ActiveInstance extends Instance {
  readonly startsAt: Date
}

/** An activation as it stands. `whose` names the person and the tenant. */
export function standingOf(
  row: ActiveInstance,
  path: string,
  whose: Readonly<Record<string, string>>,
): Standing {
  const { startsAt, facts } = row
  const expiresAt = endOf(row)
  const accessEndsAt = lastTokenEnds(expiresAt)
  return { path, startsAt, expiresAt, accessEndsAt, facts: { ...whose, ...facts } }
}
