import { expect, test } from 'vitest'
import { PimError } from '../../../src/core/errors.ts'
import { findRequests } from '../../../src/flows/approve/requests.ts'
import { approvalsOf, requestOf } from './scripted-approvals.ts'
import { createGrants } from '../grants.ts'

test.each(['open', 'all', 'to-approve'] as const)(
  'requests that cannot be read are told of beside the others: %s',
  async (view) => {
    const grants = createGrants()
    const broken = new PimError('unavailable', 'unreadable-answer', '1 request is missing')
    const whole = approvalsOf([requestOf()])
    grants.provider = {
      ...grants.provider,
      approvals: {
        ...whole,
        mine: async (options, signal, onUnreadable) => {
          onUnreadable?.(broken)
          return whole.mine(options, signal)
        },
        toApprove: async (signal, onUnreadable) => {
          onUnreadable?.(broken)
          return whole.toApprove(signal)
        },
      },
    }
    const found = await findRequests(view, grants.world.deps)
    expect(found.requests.map(({ id }) => id)).toContain('r-1')
    expect(found.troubles).toContainEqual({ provider: 'group', error: broken, isSetUp: true })
  },
)
