import { keepsTheContract } from '../contract.ts'
import { attemptAt, roomWithProvider, targetNamed } from './fixture.ts'

keepsTheContract('aws', async () => {
  const { provider, sandbox } = await roomWithProvider()
  return {
    provider,
    eligible: await targetNamed('sandbox-admin', provider),
    refused: await targetNamed('sandbox-denied', provider),
    attempt: attemptAt,
    breakCloud: () => sandbox.sts.fail({ code: 'InternalFailure', status: 500, times: 99 }),
    calls: () => sandbox.sts.calls.length,
  }
})
