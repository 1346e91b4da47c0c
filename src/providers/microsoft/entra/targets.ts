import type { Target } from '../../../core/target.ts'
import {
  byRight,
  lastEnd,
  rightKey,
  type Instance,
  type Right,
} from './schedule/schedule-instance.ts'

/** Targets, one for each right, and the path of each. */
export interface Targets {
  readonly targets: readonly Target[]
  readonly pathOf: (right: Right) => string | undefined
}

/**
 * One target for each right, however many rows give it: what one is eligible for, and what is
 * active though one is not eligible for it any more.
 */
export function targetsOf<Row extends Instance>(
  eligible: readonly Row[],
  active: readonly Row[],
  toTarget: (row: Row) => Target,
): Targets {
  const eligibleRows = byRight(eligible)
  const targets = new Map(
    [...byRight([...eligible, ...active])].map(([key, [row]]) => {
      const until = lastEnd(eligibleRows.get(key) ?? [])
      return [key, { ...toTarget(row), ...(until !== undefined && { eligibleUntil: until }) }]
    }),
  )
  return {
    targets: [...targets.values()],
    pathOf: (right) => targets.get(rightKey(right))?.path,
  }
}
