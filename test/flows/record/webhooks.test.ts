import { describe, expect, test } from 'vitest'

import type { AuditEvent } from '../../../src/core/audit/audit.ts'
import { Secret } from '../../../src/core/credentials.ts'
import { PimError } from '../../../src/core/errors.ts'
import { webhookKey } from '../../../src/core/webhook/webhook.ts'
import { announcing } from '../../../src/flows/record/webhooks.ts'
import { elevate } from '../../../src/flows/elevate/elevate.ts'
import { settle } from '../../../src/flows/elevate/wait.ts'
import type { WaitLimit } from '../../../src/flows/elevate/wait-limit.ts'
import { hours } from '../../core/sample-elevations.ts'
import { askForOps, createGrants } from '../grants.ts'

const limit: WaitLimit = { wait: 'active', timeout: { seconds: 60 }, approval: hours(1) }

async function room(fails?: PimError) {
  const grants = createGrants()
  grants.answer = 'pending-approval'
  const { world } = grants
  const settings = async () => ({
    ...world.settings,
    webhooks: { ops: { format: 'json', store: 'file' } } as const,
  })
  await world.store.write(webhookKey('ops'), new Secret('https://hooks.example/secret'))
  const posted: Record<string, unknown>[] = []
  const warned: string[] = []
  const { audit, told } = announcing({
    ...world.deps,
    settings,
    warn: (text) => void warned.push(text),
    post: async (url, body) => {
      if (fails !== undefined) throw fails
      posted.push({ ...JSON.parse(body), url: url.reveal() })
    },
  })
  const deps = { ...world.deps, audit }
  const run = async () => {
    const outcome = await elevate(askForOps(), deps)
    const settled = settle(outcome, grants.provider, limit, deps)
    const ended = await settled.catch((error: unknown) => error)
    await told()
    return ended
  }
  return { grants, world, settings, posted, warned, run, audit, told }
}

const eventsIn = (posted: readonly Record<string, unknown>[]) => posted.map(({ event }) => event)

describe('a webhook', () => {
  test('is told who asks for what and why, and that it was approved', async () => {
    const { grants, posted, run } = await room()
    grants.progress = [{ state: 'pending-approval' }, { state: 'active' }]
    await run()
    expect(posted).toMatchObject([
      {
        schema: 'pim.webhook/v1',
        event: 'elevation.pending',
        target: 'group:sec-ops',
        role: 'member',
        requester: 'user/alice',
        justification: 'restart the queue',
        duration: 'PT1H',
        requestId: 'r-1',
        url: 'https://hooks.example/secret',
      },
      { event: 'elevation.active', requester: 'user/alice', requestId: 'r-1' },
    ])
  })

  test('is told of a refusal, with the reason', async () => {
    const { grants, posted, run } = await room()
    grants.progress = [{ state: 'denied', reason: 'not on a Friday' }]
    await run()
    expect(posted.at(-1)).toMatchObject({ event: 'elevation.denied', reason: 'not on a Friday' })
  })

  test('is told who decided', async () => {
    const { audit, told, posted } = await room()
    await audit.append({
      event: 'approval.approved',
      target: 'group:sec-ops',
      providerRequestId: 'r-9',
      requester: 'alice',
      justification: 'go on',
      actor: { user: 'bob', host: 'desk' },
    })
    await told()
    expect(posted).toMatchObject([
      { event: 'approval.approved', requester: 'alice', approver: 'bob@desk', reason: 'go on' },
    ])
  })

  test('is not told of what needs no approver', async () => {
    const { grants, posted, run } = await room()
    grants.answer = 'active'
    await run()
    expect(posted).toEqual([])
  })

  test('is told once it is on record, and not before', async () => {
    const { world, settings, audit, told, posted } = await room()
    const event: AuditEvent = { event: 'approval.denied', target: 't' }
    const broken = announcing({
      ...world.deps,
      settings,
      audit: { ...audit, append: () => Promise.reject(new PimError('audit', 'disk-full', 'no')) },
      warn: () => {},
      post: async (_, body) => void posted.push(JSON.parse(body)),
    })
    await expect(broken.audit.append(event)).rejects.toMatchObject({ exitCode: 7 })
    await broken.told()
    await told()
    expect(posted).toEqual([])
  })
})

describe('a webhook that fails', () => {
  const failure = new PimError('unavailable', 'webhook-failed', 'hooks.example: it answered 500', {
    provider: { status: 500 },
  })

  test('changes nothing, is warned of and is on record, without its address', async () => {
    const { grants, world, warned, run } = await room(failure)
    grants.progress = [{ state: 'active' }]
    expect(await run()).toMatchObject({ elevation: { state: 'active' } })
    expect(warned).toEqual(Array(2).fill(expect.stringContaining('webhook `ops` was not told')))
    const failed = (await world.audit()).filter(({ event }) => event === 'webhook.failed')
    expect(failed).toMatchObject([
      {
        webhook: 'ops',
        announced: 'elevation.pending',
        target: 'group:sec-ops',
        error: { code: 'webhook-failed', provider: { status: 500 } },
      },
      { announced: 'elevation.active' },
    ])
    expect(JSON.stringify(await world.audit())).not.toContain('secret')
    expect(await world.deps.audit.verify()).toMatchObject({ ok: true, unknownOutcome: [] })
  })

  test('changes nothing where that cannot be recorded either', async () => {
    const { world, settings } = await room(failure)
    const warned: string[] = []
    const { audit, told } = announcing({
      ...world.deps,
      settings,
      audit: {
        ...world.deps.audit,
        append: async (event) => {
          if (event.event !== 'webhook.failed') return world.deps.audit.append(event)
          throw new PimError('audit', 'disk-full', 'no space is left')
        },
      },
      warn: (text) => void warned.push(text),
      post: () => Promise.reject(failure),
    })
    await audit.append({ event: 'approval.denied', target: 't' })
    await told()
    expect(warned.at(-1)).toBe('no space is left')
  })

  test('and one whose address is gone, or whose store does not open', async () => {
    const { world, posted, audit, told } = await room()
    await world.store.remove(webhookKey('ops'))
    await audit.append({ event: 'approval.denied', target: 't' })
    await told()
    expect(eventsIn(posted)).toEqual([])
    expect((await world.audit()).at(-1)).toMatchObject({
      event: 'webhook.failed',
      error: { code: 'webhook-unset' },
    })
  })
})
