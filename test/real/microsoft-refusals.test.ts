import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { PimKind } from '../../sandbox/microsoft/seed/model.ts'
import type { TenantFault } from '../../sandbox/microsoft/server/faults.ts'
import { createStock, type NewTarget } from './new-targets.ts'
import { refusals, type Refusal } from './refusals.ts'
import {
  elevate,
  elevationIn,
  eventsOf,
  expectSoundLog,
  openSignedIn,
  openTenants,
  type ErrorJson,
  type TenantCloud,
  type Tenants,
} from './tenant.ts'

const { seeds, next } = createStock(60)
const operations = { azure: 'activate', entra: 'activate-role', group: 'activate-group' } as const

let onAzure: TenantCloud
let onGraph: Tenants

beforeAll(async () => {
  ;[onAzure, onGraph] = await Promise.all([openSignedIn(), openTenants(2, seeds)])
  for (const seed of seeds) onAzure.tenant.add(seed)
})
afterAll(async () => {
  await Promise.all([onAzure, ...onGraph.all].map(expectSoundLog))
  await Promise.all([onAzure, onGraph].map((stand) => stand[Symbol.asyncDispose]()))
})

/** Where requests tell their target by their path, several may be under way; else one at a time. */
function meet(kind: PimKind, look: (cloud: TenantCloud) => Promise<void>): Promise<void> {
  return kind === 'azure' ? look(onAzure) : onGraph.lend(look)
}

function placeOf(kind: PimKind, { eligibility }: NewTarget) {
  const operation = operations[kind]
  return kind === 'azure'
    ? ({ surface: 'arm', operation, path: `${eligibility.scope}/` } as const)
    : ({ surface: 'graph', operation } as const)
}

/** How often the target's activation was asked for. */
function timesAsked({ tenant }: TenantCloud, kind: PimKind, { eligibility }: NewTarget): number {
  const { scope, roleId } = eligibility
  return tenant.calls.filter(
    ({ operation, path, request }) =>
      operation === operations[kind] &&
      (kind === 'azure'
        ? path.startsWith(`${scope}/`)
        : JSON.stringify(request).includes(kind === 'group' ? scope : roleId)),
  ).length
}

/** The provider's own word is handed on, where it came with one. */
function expectSaid(provider: ErrorJson['provider'], { trouble, said }: Refusal): void {
  expect(provider?.code ?? null).toBe(said === undefined ? trouble.code : said)
  const wasRefused = trouble.status !== undefined && trouble.status >= 400
  if (wasRefused) expect(provider?.status).toBe(trouble.status)
}

async function expectRefusal(kind: PimKind, refusal: Refusal): Promise<void> {
  const { trouble, times = 1 } = refusal
  await meet(kind, async (cloud) => {
    const target = next(kind)
    cloud.tenant.fail({ ...placeOf(kind, target), ...trouble, times })
    const answer = await elevate(cloud, target, '--wait', 'none')
    const { error, changed } = elevationIn(answer)
    expect({ code: answer.code, exitCode: error?.exitCode, error: error?.code }).toEqual({
      code: refusal.code,
      exitCode: refusal.code,
      error: refusal.error,
    })
    expect(error?.hint).toContain(refusal.hint)
    expect([changed, error?.target]).toEqual([false, target.text])
    expectSaid(error?.provider, refusal)
    // What is left over of a fault would be the next row's.
    expect(timesAsked(cloud, kind, target)).toBe(times)
    const isOpen = refusal.code === 5 || refusal.isOpen === true
    const outcome = isOpen ? 'elevation.pending' : 'elevation.failed'
    expect(eventsOf(cloud, target)).toEqual(['elevation.requested', outcome])
  })
}

describe.concurrent('an answer that is a refusal', () => {
  test.each(refusals)('%s, %s', (kind, _, refusal) => expectRefusal(kind, refusal))

  test('what asks for another sign-in is told with the word of the provider', async () => {
    const target = next('azure')
    const said = { status: 403, code: 'RequestDisallowedByAzure' }
    onAzure.tenant.fail({ ...placeOf('azure', target), ...said })
    const { error } = elevationIn(await elevate(onAzure, target, '--wait', 'none'))
    expect(error?.provider).toMatchObject(said)
  })
})

/** A trouble that passes, and how often the activation is asked for until it has. */
const passing: readonly [
  kind: PimKind,
  name: string,
  trouble: Partial<TenantFault>,
  asks: number,
][] = [
  ['azure', '429, later', { status: 429, headers: { 'Retry-After': '1' } }, 2],
  ['entra', '429, later', { status: 429, headers: { 'Retry-After': '1' } }, 2],
  ['azure', '503', { status: 503 }, 2],
  ['group', '503, later', { status: 503, headers: { 'Retry-After': '1' } }, 2],
  ['azure', 'a connection that is cut', { drop: 'unheard' }, 2],
  // The request is there: it is found, and not made twice.
  ['azure', 'an answer that is lost', { drop: 'unanswered' }, 2],
  ['entra', 'an answer that is lost', { drop: 'unanswered' }, 1],
  ['group', 'an answer that is lost', { drop: 'unanswered' }, 1],
  ['azure', '401', { status: 401, code: 'InvalidAuthenticationToken' }, 2],
  ['entra', '401', { status: 401, code: 'InvalidAuthenticationToken' }, 2],
]

describe.concurrent('a trouble that passes', () => {
  test.each(passing)('%s, %s', async (kind, _, trouble, asks) => {
    await meet(kind, async (cloud) => {
      const target = next(kind)
      cloud.tenant.fail({ ...placeOf(kind, target), ...trouble })
      const answer = await elevate(cloud, target, '--wait', 'active')
      expect([answer.code, elevationIn(answer)]).toMatchObject([0, { state: 'active' }])
      expect(timesAsked(cloud, kind, target)).toBe(asks)
      const { id } = target.eligibility
      const made = cloud.tenant.requests.filter(({ eligibility }) => eligibility.id === id)
      expect(made).toHaveLength(1)
      expect(eventsOf(cloud, target)).toEqual(['elevation.requested', 'elevation.active'])
    })
  })
})
