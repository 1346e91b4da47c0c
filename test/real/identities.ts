import { expect } from 'vitest'

import {
  guidOf,
  type Grantable,
  type PimKind,
  type TenantPerson,
  type TenantSeed,
} from '../../sandbox/microsoft/seed/model.ts'
import {
  armRoles,
  armScopes,
  directoryRoles,
  sandboxEligibility,
  tenantAlice,
  tenantGroups,
  tenantId,
} from '../../sandbox/microsoft/seed/seed.ts'
import type { Tenant } from '../../sandbox/microsoft/tenant.ts'
import { openStand, type Stand } from './fixture.ts'
import type { Ended, StartOptions } from './pim.ts'

/** One target of each kind, which everybody here is eligible for. */
export const targets = [
  'azure:payments-prod/Contributor',
  'entra:user-administrator',
  'group:sec-ops',
] as const

export const kinds: Readonly<Record<(typeof targets)[number], PimKind>> = {
  'azure:payments-prod/Contributor': 'azure',
  'entra:user-administrator': 'entra',
  'group:sec-ops': 'group',
}

const paymentsProd = { ...armScopes.paymentsProd }
const secOps = tenantGroups.secOps

/** The same three targets for somebody, in a tenant whose subscription and group these are. */
function rightsOf(
  person: TenantPerson,
  { scope = paymentsProd.id, group = secOps.id } = {},
): TenantSeed['eligibilities'] {
  const grantables: readonly Grantable[] = [
    { kind: 'azure', roleId: armRoles.contributor.id, scope },
    { kind: 'entra', roleId: directoryRoles.userAdministrator.id, scope: '/' },
    { kind: 'group', roleId: 'member', scope: group },
  ]
  return grantables.map((grantable) => {
    const { kind, roleId, scope: where } = grantable
    const schedule = guidOf('schedule', kind, roleId, where, person.id)
    return sandboxEligibility(grantable, {
      principalId: person.id,
      id: guidOf('eligibility', kind, roleId, where, person.id),
      scheduleId: kind === 'group' ? `${where}_${roleId}_${schedule}` : schedule,
    })
  })
}

/** Bob may have what alice may have. */
export function addBobsRights(tenant: Tenant, bob: TenantPerson): void {
  tenant.add({ eligibilities: rightsOf(bob) })
}

/** Alice as a guest: the same account, under the same name, with another object id. */
export const guest: TenantPerson = {
  ...tenantAlice,
  id: guidOf('person', 'alice', 'fabrikam'),
  home: { id: tenantAlice.id, tenantId },
}

export const fabrikam = {
  id: 'fab71ca3-0000-4000-8000-000000000002',
  displayName: 'Fabrikam Inc',
  domain: 'fabrikam.example',
}

/** A second tenant of the same cloud, with targets of the same names. */
export function addFabrikam(tenant: Tenant, differences: Partial<typeof fabrikam> = {}): Tenant {
  const scope = {
    ...paymentsProd,
    id: `/subscriptions/${guidOf('scope', 'fabrikam')}`,
    parent: undefined,
  }
  const group = { ...secOps, id: guidOf('group', 'fabrikam'), members: [] }
  const other = tenant.addTenant({
    organization: { ...fabrikam, ...differences },
    people: [guest],
    groups: [group],
    scopes: [scope],
    eligibilities: rightsOf(guest, { scope: scope.id, group: group.id }),
    assignments: [],
  })
  other.signsIn = guest
  return other
}

/** A stand at which nobody says which tenant is meant. */
export async function openDesk(): Promise<Desk> {
  const stand = await openStand()
  const usual = { AZURE_TENANT_ID: undefined }
  const pim = (words: readonly string[], { env, ...options }: StartOptions = {}) =>
    stand.pim(words, { ...options, env: { ...usual, ...env } })
  const as = (person: string, ...flags: readonly string[]) =>
    pim(['login', 'azure', ...flags], { env: { PIM_SANDBOX_PERSON: person } })
  return { ...stand, pim, signIn: async (...args) => expectDone(await as(...args)) }
}

export interface Desk extends Stand {
  readonly signIn: (person: string, ...flags: readonly string[]) => Promise<Ended>
}

export function expectDone(ended: Ended): Ended {
  expect([ended.code, ended.err]).toEqual([0, ended.err])
  return ended
}

/** The kinds that a person has active in a tenant, by what the tenant itself has accepted. */
export function activeIn(tenant: Tenant, person: TenantPerson): readonly PimKind[] {
  const own = tenant.requests.filter(({ principalId }) => principalId === person.id)
  const count = (kind: PimKind, action: string) =>
    own.filter((each) => each.kind === kind && each.action === action).length
  return (['azure', 'entra', 'group'] as const).filter(
    (kind) => count(kind, 'SelfActivate') > count(kind, 'SelfDeactivate'),
  )
}

/** Six minutes later, by the tenants' clocks: from five minutes on they allow a release. */
export function sixMinutesLater(...tenants: readonly Tenant[]): void {
  for (const tenant of tenants) tenant.skewSeconds += 360
}

interface StatusRow {
  readonly target: string
  readonly state: string
  readonly holder: string
}

/** Every elevation that `pim status` shows, with its holder. */
export async function statusOf(
  desk: Desk,
  ...flags: readonly string[]
): Promise<readonly StatusRow[]> {
  const { out } = await desk.pim(['status', '--json', ...flags])
  const { elevations } = JSON.parse(out) as {
    elevations: { target: string; state: string; identity?: { name: string; tenant: string } }[]
  }
  return elevations
    .map(({ target, state, identity }) => ({
      target,
      state,
      holder: `${identity?.name ?? 'nobody'} in ${identity?.tenant ?? 'nowhere'}`,
    }))
    .toSorted((one, other) =>
      `${one.target}${one.holder}`.localeCompare(`${other.target}${other.holder}`),
    )
}
