import type { IamAction } from '../iam-actions.ts'
import type { StsAction } from '../sts/actions.ts'

/**
 * A trouble to come. With a `code`, the next calls are refused with it; with `drop`, their connection
 * is cut `unheard`, or once the work is done and only the answer is lost; with neither, they are
 * carried out and answered, only later.
 */
export interface Fault {
  readonly code?: string
  readonly message?: string
  /** HTTP status of the refusal; 400 unless told. */
  readonly status?: number
  readonly drop?: 'unheard' | 'unanswered'
  /** How long the answer waits. The call is in the journal by then. */
  readonly delayMs?: number
  /** How many calls it befalls; one unless told. */
  readonly times?: number
  /** Befalls calls of this action only. */
  readonly action?: StsAction | IamAction
}

/** The troubles that are still to come, in order. */
export interface FaultQueue {
  readonly add: (fault: Fault) => void
  readonly take: (action: string | null) => Fault | undefined
}

export function createFaultQueue(): FaultQueue {
  const queue: { readonly fault: Fault; left: number }[] = []
  return {
    add(fault) {
      queue.push({ fault, left: fault.times ?? 1 })
    },
    take(action) {
      const index = queue.findIndex(({ fault }) => (fault.action ?? action) === action)
      const next = queue[index]
      if (next === undefined) return undefined
      next.left -= 1
      if (next.left <= 0) queue.splice(index, 1)
      return next.fault
    },
  }
}
