import { keepsTheContract } from '../../contract.ts'
import { openRoom } from './fixture.ts'

keepsTheContract('azure', async () => {
  const { provider, tenant, target, attempt, breakCloud } = await openRoom({
    now: () => new Date(),
  })
  const eligible = await target('payments-prod/Contributor')
  const refused = await target('payments-dev/Owner')
  const before = tenant.calls.length
  return {
    provider,
    eligible,
    // It demands a ticket, and there is none.
    refused,
    attempt: (wanted, { signal } = {}) => {
      const made = attempt(wanted, signal === undefined ? {} : { signal })
      const { ticket: _, ...plan } = made.plan
      return { ...made, plan }
    },
    breakCloud,
    calls: () => tenant.calls.length - before,
  }
})
