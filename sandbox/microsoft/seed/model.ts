import { createHash } from 'node:crypto'

import type { Duration } from '../../../src/core/time/duration.ts'

/** What PIM hands out: a role on Azure resources, a directory role, or a place in a group. */
export type PimKind = 'azure' | 'entra' | 'group'

export interface TenantPerson {
  /** The object id. */
  readonly id: string
  readonly userPrincipalName: string
  readonly displayName: string
  /** Where a guest is at home: the object id there, and the id of that tenant. */
  readonly home?: { readonly id: string; readonly tenantId: string }
}

/** The tenant itself. */
export interface TenantOrganization {
  readonly id: string
  readonly displayName: string
  readonly domain: string
}

/** An application that signs in as itself. The secret opens nothing but the sandbox. */
export interface TenantApp {
  readonly clientId: string
  /** The object id of its service principal. */
  readonly id: string
  readonly displayName: string
  readonly clientSecret: string
}

export interface TenantGroup {
  readonly id: string
  readonly displayName: string
  /** Object ids of those who are in it without any activation. */
  readonly members: readonly string[]
}

export interface ArmScope {
  /** As in `/subscriptions/…/resourceGroups/…`. */
  readonly id: string
  readonly displayName: string
  readonly type: 'managementgroup' | 'subscription' | 'resourcegroup'
  readonly parent: string | undefined
}

/** A role definition of ARM, and what it allows. */
export interface ArmRole {
  readonly id: string
  readonly displayName: string
  readonly isCustom: boolean
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
}

interface DirectoryRole {
  readonly id: string
  readonly displayName: string
  readonly isCustom?: true
}

interface AdministrativeUnit {
  readonly id: string
  readonly displayName: string
}

/** What an activation has to meet. */
export interface Policy {
  readonly maxDuration: Duration
  readonly justification: boolean
  readonly ticket: boolean
  readonly mfa: boolean
  /**
   * Who may approve, one stage after another: object ids of people, and of groups for whoever is in
   * them. Of a stage, the first to decide does. No stage: nobody has to approve.
   */
  readonly approvalStages: readonly (readonly string[])[]
  /** As in `c1`. */
  readonly authenticationContext: string | undefined
}

/** What is handed out, where. The same three words on every surface. */
export interface Grantable {
  readonly kind: PimKind
  /** The id of a role definition; `member` or `owner` for a group. */
  readonly roleId: string
  /** A scope of ARM, a directory scope as in `/`, or the id of a group. */
  readonly scope: string
}

/** The standing right to activate something. */
export interface Eligibility extends Grantable {
  /** Names the instance. */
  readonly id: string
  readonly scheduleId: string
  /** A person, or a group whose members are all eligible. */
  readonly principalId: string
  readonly startsAt: Date
  readonly endsAt: Date | undefined
  readonly policy: Policy
}

/** What a person has without any activation. */
export interface StandingAssignment extends Grantable {
  readonly id: string
  readonly principalId: string
  readonly startsAt: Date
}

/** Everything there is in a tenant before anybody does anything. */
export interface TenantSeed {
  readonly organization: TenantOrganization
  readonly people: readonly TenantPerson[]
  readonly apps: readonly TenantApp[]
  readonly groups: readonly TenantGroup[]
  readonly scopes: readonly ArmScope[]
  readonly armRoles: readonly ArmRole[]
  readonly directoryRoles: readonly DirectoryRole[]
  readonly administrativeUnits: readonly AdministrativeUnit[]
  readonly eligibilities: readonly Eligibility[]
  readonly assignments: readonly StandingAssignment[]
}

/** A GUID that is always the same for the same words. */
export function guidOf(...words: readonly string[]): string {
  const hex = createHash('sha256').update(words.join('\n')).digest('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

export function sameText(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}

export function isSameGrantable(one: Grantable, other: Grantable): boolean {
  return (
    one.kind === other.kind &&
    sameText(one.roleId, other.roleId) &&
    sameText(one.scope, other.scope)
  )
}

/** A seed with some of its parts replaced. */
export function replaceParts(seed: TenantSeed, parts: Partial<TenantSeed>): TenantSeed {
  return combine(seed, parts, (_, part) => part)
}

/** A seed with more in some of its parts. */
export function appendParts(seed: TenantSeed, parts: Partial<TenantSeed>): TenantSeed {
  return combine(seed, parts, (old, part) => [...old, ...part])
}

function combine(
  seed: TenantSeed,
  parts: Partial<TenantSeed>,
  join: <T>(old: readonly T[], part: readonly T[]) => readonly T[],
): TenantSeed {
  const both = <T>(old: readonly T[], part: readonly T[] | undefined) =>
    part === undefined ? old : join(old, part)
  return {
    organization: parts.organization ?? seed.organization,
    people: both(seed.people, parts.people),
    apps: both(seed.apps, parts.apps),
    groups: both(seed.groups, parts.groups),
    scopes: both(seed.scopes, parts.scopes),
    armRoles: both(seed.armRoles, parts.armRoles),
    directoryRoles: both(seed.directoryRoles, parts.directoryRoles),
    administrativeUnits: both(seed.administrativeUnits, parts.administrativeUnits),
    eligibilities: both(seed.eligibilities, parts.eligibilities),
    assignments: both(seed.assignments, parts.assignments),
  }
}
