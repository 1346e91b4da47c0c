import { describe, expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { decide } from '../../../src/flows/approve/decide.ts'
import { finishAbandoned } from '../../../src/flows/record/unfinished.ts'
import { approvalsOf, requestOf } from './scripted-approvals.ts'
import { createGrants, type Grants } from '../grants.ts'
import { unlockedNotes } from '../unlocked-notes.ts'

const verdict = { decision: 'approve', justification: 'looks right' } as const
const approved = { event: 'approval.approved', providerRequestId: 'r-1', requester: 'alice' }

function open(answer: () => Promise<never>): Grants {
  const grants = createGrants()
  const approvals = { ...approvalsOf([requestOf()]), decide: answer }
  grants.provider = { ...grants.provider, approvals }
  return grants
}

const outcomes = async ({ world }: Grants) => {
  await finishAbandoned(world.deps)
  await finishAbandoned(world.deps)
  return world.audit()
}

describe('a decision', () => {
  test('whose process is killed before the answer is on record as unknown', async () => {
    const reached = Promise.withResolvers<void>()
    const grants = open(() => {
      reached.resolve()
      return new Promise<never>(() => {})
    })
    const { deps, folder } = grants.world
    const stores = { ...deps.stores, notes: unlockedNotes(folder) }
    void decide({ request: requestOf(), provider: grants.provider }, verdict, { ...deps, stores })
    await reached.promise
    expect(await outcomes(grants)).toMatchObject([{ ...approved, state: 'unknown' }])
  })

  test('whose answer is lost is on record as unknown', async () => {
    const lost = new PimError('unavailable', 'no-answer', 'socket hang up')
    const grants = open(() => Promise.reject(lost))
    const located = { request: requestOf(), provider: grants.provider }
    await expect(decide(located, verdict, grants.world.deps)).rejects.toThrow('socket hang up')
    expect(await outcomes(grants)).toMatchObject([{ ...approved, state: 'unknown' }])
  })

  test('that is refused is not on record', async () => {
    const refusal = new PimError('refused', 'not-an-approver', 'no', { provider: { status: 403 } })
    const grants = open(() => Promise.reject(refusal))
    const located = { request: requestOf(), provider: grants.provider }
    await expect(decide(located, verdict, grants.world.deps)).rejects.toThrow('no')
    expect(await outcomes(grants)).toEqual([])
  })
})
