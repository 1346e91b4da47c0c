import type { Surface, TenantRequest } from './request.ts'

/**
 * A trouble to come. With a `status`, `code` or `body`, the next calls are refused with it; with
 * `drop`, their connection is cut `unheard`, or once the work is done and only the answer is lost;
 * with neither, they are carried out and answered, only later or with other headers.
 */
export interface TenantFault {
  readonly surface: Surface
  /** Befalls calls of this operation only, as named in `TenantCall.operation`. */
  readonly operation?: string
  /** Befalls calls whose path holds this text, whatever its case. */
  readonly path?: string
  /** HTTP status of the refusal; 400 unless told. */
  readonly status?: number
  readonly code?: string
  readonly message?: string
  /** The whole answer, in place of an error made of code and message. A string is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly drop?: 'unheard' | 'unanswered'
  /** How long the answer waits. The call is in the journal by then. */
  readonly delayMs?: number
  /** The answer comes one byte after the other, this far apart. */
  readonly byteEveryMs?: number
  /** How many calls it befalls; one unless told. */
  readonly times?: number
}

/** The troubles that are still to come, in order. */
export interface TenantFaultQueue {
  readonly add: (fault: TenantFault) => void
  readonly take: (request: TenantRequest, operation: string) => TenantFault | undefined
}

export function createTenantFaultQueue(): TenantFaultQueue {
  const queue: { readonly fault: TenantFault; left: number }[] = []
  return {
    add(fault) {
      queue.push({ fault, left: fault.times ?? 1 })
    },
    take(request, operation) {
      const index = queue.findIndex(({ fault }) => befalls(fault, request, operation))
      const next = queue[index]
      if (next === undefined) return undefined
      next.left -= 1
      if (next.left <= 0) queue.splice(index, 1)
      return next.fault
    },
  }
}

export function isRefusal({ status, code, body }: TenantFault): boolean {
  return status !== undefined || code !== undefined || body !== undefined
}

function befalls(fault: TenantFault, { surface, path }: TenantRequest, operation: string): boolean {
  if (fault.surface !== surface) return false
  if (fault.operation !== undefined && fault.operation !== operation) return false
  return fault.path === undefined || path.toLowerCase().includes(fault.path.toLowerCase())
}
