import type { Approvals } from '../../../core/elevation/approval.ts'

/** Approvals that are loaded when the first is asked for. */
export function lazyApprovals(load: () => Promise<Approvals>): Approvals {
  return {
    mine: async (options, signal, onUnreadable) =>
      (await load()).mine(options, signal, onUnreadable),
    toApprove: async (signal, onUnreadable) => (await load()).toApprove(signal, onUnreadable),
    find: async (id, signal) => (await load()).find(id, signal),
    decide: async (request, verdict, signal) => (await load()).decide(request, verdict, signal),
    withdraw: async (id, facts, signal) => (await load()).withdraw(id, facts, signal),
  }
}
