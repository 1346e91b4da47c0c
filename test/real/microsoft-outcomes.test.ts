import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import { createStock } from './new-targets.ts'
import {
  elevate,
  elevationIn,
  eventsOf,
  expectSoundLog,
  openTenants,
  type Tenants,
} from './tenant.ts'

interface Outcome {
  readonly state: string
  readonly code: number
  readonly error?: string
  readonly hint?: string
  /** What is on record after the request. */
  readonly event: string
}

const active: Outcome = { state: 'active', code: 0, event: 'elevation.active' }
const onItsWay: Outcome = { state: 'provisioning', code: 0, event: 'elevation.pending' }
const undecided: Outcome = {
  state: 'pending-approval',
  code: 5,
  error: 'awaits-approval',
  hint: 'it is still open: continue with `pim wait ',
  event: 'elevation.pending',
}
const refused = { state: 'failed', code: 3, event: 'elevation.failed' }
const failing = { state: 'failed', code: 6, event: 'elevation.failed' }
const denied: Outcome = {
  state: 'denied',
  code: 3,
  error: 'denied',
  hint: 'ask an approver why',
  event: 'elevation.denied',
}
const revoked: Outcome = {
  ...refused,
  state: 'released',
  error: 'revoked',
  hint: 'pim list --refresh',
}

/** What an activation comes to whose request says so at once. All 22 statuses that there are. */
const outcomes: Readonly<Record<string, Outcome>> = {
  Provisioned: active,
  // To count from now on, so what is granted is not left for later.
  Accepted: onItsWay,
  Granted: onItsWay,
  ScheduleCreated: onItsWay,
  AdminApproved: onItsWay,
  PendingEvaluation: onItsWay,
  PendingExternalProvisioning: onItsWay,
  PendingProvisioning: onItsWay,
  PendingScheduleCreation: onItsWay,
  ProvisioningStarted: onItsWay,
  PendingAdminDecision: undecided,
  PendingApproval: undecided,
  PendingApprovalProvisioning: undecided,
  AdminDenied: denied,
  Denied: denied,
  PendingRevocation: revoked,
  Revoked: revoked,
  Canceled: { ...refused, state: 'canceled', error: 'canceled', hint: 'request it again' },
  FailedAsResourceIsLocked: { ...refused, error: 'resource-locked', hint: 'az lock list' },
  Invalid: { ...refused, error: 'request-invalid', hint: 'pim list --refresh' },
  Failed: { ...failing, error: 'activation-failed', hint: 'try again in a minute' },
  TimedOut: { ...failing, error: 'activation-timed-out', hint: 'after 24 hours' },
}

/** Statuses are compared whatever their case. */
const oddlyCased: Readonly<Record<string, Outcome>> = {
  PROVISIONED: active,
  pendingapproval: undecided,
  failedAsResourceIsLocked: outcomes['FailedAsResourceIsLocked'] ?? refused,
}

const onAzure = Object.entries({ ...outcomes, ...oddlyCased })
// Read by the same code, so that every other one is enough, of either kind in turn.
const onGraph = Object.entries({ ...outcomes, grANTed: onItsWay })
  .filter((_, row) => row % 2 === 0)
  .map(([status, outcome], row) => [row % 2 === 0 ? 'entra' : 'group', status, outcome] as const)
const surfaceOf = { azure: 'arm', entra: 'graph', group: 'graph' } as const
const { seeds, next } = createStock(50)

describe.concurrent('what a request says at once', () => {
  let tenants: Tenants

  beforeAll(async () => {
    tenants = await openTenants(2, seeds)
  })
  afterAll(async () => {
    await Promise.all(tenants.all.map(expectSoundLog))
    await tenants[Symbol.asyncDispose]()
  })

  /** Elevates where the request is to say this at once, and looks at all that is said of it. */
  async function expectOutcome(kind: PimKind, status: string, expected: Outcome): Promise<void> {
    await tenants.lend(async (cloud) => {
      const target = next(kind)
      cloud.tenant.answerNext({ surface: surfaceOf[kind], status })
      const answer = await elevate(cloud, target, '--wait', 'none')
      const { state, changed, error, providerRequestId } = elevationIn(answer)
      expect({ code: answer.code, state, error: error?.code }).toEqual({
        code: expected.code,
        state: expected.state,
        error: expected.error,
      })
      expect(error?.exitCode).toBe(error === undefined ? undefined : expected.code)
      expect(error?.hint ?? '').toContain(expected.hint ?? '')
      const request = cloud.tenant.requests.at(-1)
      const stands = expected.code === 0 || expected.code === 5
      expect([changed, providerRequestId]).toEqual(
        stands ? [true, request?.id] : [false, undefined],
      )
      if (expected.code === 5) expect(error?.message).toContain(request?.id)
      if (!stands) expect(error?.provider?.code).toBe(status)
      expect(eventsOf(cloud, target)).toEqual(['elevation.requested', expected.event])
    })
  }

  test('holds for every status there is', () => {
    expect(Object.keys(outcomes)).toHaveLength(22)
  })

  test.each(onAzure)('azure, %s', (status, expected) => expectOutcome('azure', status, expected))

  test.each(onGraph)('%s, %s', (kind, status, expected) => expectOutcome(kind, status, expected))

  const unknown = 'AwaitingTheMoon'

  async function elevateToUnknown(kind: PimKind) {
    return tenants.lend(async (cloud) => {
      const target = next(kind)
      cloud.tenant.answerNext({ surface: surfaceOf[kind], status: unknown })
      const answer = await elevate(cloud, target, '--wait', 'none')
      const elevation = elevationIn(answer)
      const events = eventsOf(cloud, target)
      return { answer, elevation, events, requestId: cloud.tenant.requests.at(-1)?.id ?? '?' }
    })
  }

  test.each(['azure', 'entra', 'group'] as const)(
    '%s, a status that nobody knows',
    async (kind) => {
      const { answer, elevation, events } = await elevateToUnknown(kind)
      expect([answer.code, elevation.error]).toMatchObject([
        5,
        { code: 'unknown-status', exitCode: 5, provider: { code: unknown } },
      ])
      expect(elevation.error?.message).toContain(`\`${unknown}\``)
      expect(events).toEqual(['elevation.requested', 'elevation.pending'])
    },
  )

  // Exit code 5 promises the id of the request that stands; it is lost with the error.
  test('a status that nobody knows comes with the id of its request', async () => {
    const { elevation, requestId } = await elevateToUnknown('azure')
    expect(JSON.stringify(elevation)).toContain(requestId)
  })
})
