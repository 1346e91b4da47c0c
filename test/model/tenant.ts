import { hours } from '../../src/core/time/duration.ts'
import { TenantError } from '../../sandbox/microsoft/server/error.ts'
import { armSurface } from '../../sandbox/microsoft/arm/server.ts'
import type { AuthorityState } from '../../sandbox/microsoft/authority/state.ts'
import { graphSurface } from '../../sandbox/microsoft/graph/server.ts'
import { activate } from '../../sandbox/microsoft/pim/activate.ts'
import { approveDue, decide } from '../../sandbox/microsoft/pim/decide.ts'
import { cancel, deactivate } from '../../sandbox/microsoft/pim/end.ts'
import {
  isLive,
  isPending,
  type PimRequest,
  type PimState,
} from '../../sandbox/microsoft/pim/state.ts'
import type { ApiGround } from '../../sandbox/microsoft/api-context.ts'
import { guidOf, type Grantable, type TenantPerson } from '../../sandbox/microsoft/seed/model.ts'
import type { TenantAnswer, TenantRequest } from '../../sandbox/microsoft/server/request.ts'
import {
  armRoles,
  armScopes,
  directoryRoles,
  sandboxEligibility,
  sandboxPolicy,
  tenantGroups,
  tenantSeed,
} from '../../sandbox/microsoft/seed/seed.ts'
import type { TenantSurface } from '../../sandbox/microsoft/server/server.ts'

/** What everybody of the model is eligible for, by the kind's name. The group needs an approver. */
export const grantables = {
  azure: { kind: 'azure', roleId: armRoles.contributor.id, scope: armScopes.paymentsProd.id },
  entra: { kind: 'entra', roleId: directoryRoles.userAdministrator.id, scope: '/' },
  group: { kind: 'group', roleId: 'member', scope: tenantGroups.secOps.id },
} as const satisfies Record<string, Grantable>

export type Kind = keyof typeof grantables

/** One tenant of the model: the sandbox's own PIM, without a network. Its clock is the true one. */
export class ModelTenant {
  /** The tenant's id. */
  readonly id: string
  readonly people: readonly TenantPerson[]
  readonly pim: PimState
  readonly settings = {
    pageSize: 100,
    provisioningLag: 0,
    listingLag: 0,
    propagationLag: 0,
    policyFailures: undefined,
    approveAfter: undefined,
    approvalBody: 'wrapped' as const,
    approvalsOnlyByBatch: false,
    mandatoryMfa: undefined,
  }
  readonly #surfaces: Readonly<Record<'arm' | 'graph', TenantSurface>>

  constructor(name: string, people: readonly string[], now: () => Date) {
    this.id = guidOf('tenant', name)
    this.people = people.map((person) => ({
      id: guidOf('person', person, name),
      userPrincipalName: `${person}@${name}.example`,
      displayName: `${person} of ${name}`,
    }))
    const approver = { ...this.people[0], id: guidOf('approver', name) }
    const policies = {
      azure: sandboxPolicy(),
      entra: sandboxPolicy(),
      group: sandboxPolicy({ approvalStages: [[approver.id]] }),
    }
    const eligibilities = this.people.flatMap((person) =>
      (['azure', 'entra', 'group'] as const).map((kind) => ({
        ...sandboxEligibility(grantables[kind], { policy: policies[kind] }),
        id: guidOf('eligibility', kind, person.id),
        principalId: person.id,
      })),
    )
    const seed = {
      ...tenantSeed,
      people: [...this.people, { ...approver, displayName: 'approver', userPrincipalName: 'a' }],
      eligibilities,
      assignments: [],
    }
    const reads = { now, seed: () => seed, settings: this.settings }
    this.pim = { ...reads, requests: [], forced: [] }
    const ground: ApiGround = {
      pim: this.pim,
      authority: authorityFor(this.people, reads.now, this.pim),
      settings: this.settings,
    }
    this.#surfaces = { arm: armSurface(ground), graph: graphSurface(ground) }
  }

  /** Answers as the tenant's servers do. */
  answer(request: TenantRequest & { readonly surface: 'arm' | 'graph' }): TenantAnswer {
    approveDue(this.pim)
    const surface = this.#surfaces[request.surface]
    try {
      const route = surface.route(request)
      if (route === undefined) throw new TenantError(404, 'NotFound', 'there is no such thing')
      return route.act()
    } catch (error) {
      if (!(error instanceof TenantError)) throw error
      const { status, headers } = error
      return { status, headers, body: surface.wordError(error, request) }
    }
  }

  /** What is truly active for a person, with the request that made it so. */
  active(person: TenantPerson, kind: Kind): PimRequest | undefined {
    return this.pim.requests.find(
      (one) =>
        one.principalId === person.id &&
        one.kind === kind &&
        one.createdAt <= this.pim.now() &&
        isLive(one, this.pim) &&
        hasBegun(one, this.pim),
    )
  }

  /** Whether a request is what makes something active now. */
  isActive(requestId: string): boolean {
    return this.people.some((person) =>
      (['azure', 'entra', 'group'] as const).some(
        (kind) => this.active(person, kind)?.id === requestId,
      ),
    )
  }

  /** What somebody does in the portal; what is not possible is left undone. */
  inPortal(deed: PortalDeed, person: TenantPerson, kind: Kind): void {
    const requestor = { id: person.id, amr: ['pwd', 'mfa'], acrs: [], capabilities: [] }
    const wish = { ...grantables[kind], principalId: person.id, justification: 'in the portal' }
    const id = guidOf('portal', String(this.pim.requests.length), person.id)
    const pending = this.pim.requests.findLast(
      (one) => one.principalId === person.id && one.kind === kind && isPending(one, this.pim),
    )
    try {
      if (deed === 'deactivate') deactivate({ ...wish, id }, requestor, this.pim)
      else if (deed === 'activate') {
        activate({ ...wish, ...portalActivation, id }, requestor, this.pim)
      } else if (pending === undefined) return
      else if (deed === 'cancel') cancel(pending, requestor, this.pim)
      else decide(pending.id, deed, 'in the portal', this.pim)
    } catch (error) {
      if (!(error instanceof TenantError)) throw error
    }
  }
}

export const portalDeeds = ['activate', 'deactivate', 'approve', 'deny', 'cancel'] as const
export type PortalDeed = (typeof portalDeeds)[number]

const portalActivation = {
  ticketNumber: undefined,
  ticketSystem: undefined,
  linkedSchedule: undefined,
  schedule: {
    startsAt: undefined,
    expiration: 'AfterDuration' as const,
    duration: 'PT1H',
    endsAt: undefined,
  },
}

function hasBegun({ schedule, createdAt }: PimRequest, { now }: PimState): boolean {
  return (schedule.startsAt ?? createdAt) <= now()
}

/** Tokens that are good for ever: signing in is the model's own affair. */
function authorityFor(
  people: readonly TenantPerson[],
  now: () => Date,
  pim: PimState,
): AuthorityState {
  const known = new Map(
    people.flatMap((person) =>
      (['arm', 'graph'] as const).map((audience) => [
        tokenFor(person, audience),
        {
          number: 0,
          audience,
          subject: { kind: 'person' as const, person },
          clientId: 'model',
          scopes: everyScope,
          amr: ['pwd', 'mfa'],
          acrs: [],
          capabilities: ['cp1'],
          issuedAt: new Date(0),
          expiresAt: new Date(8.64e15),
        },
      ]),
    ),
  )
  return {
    settings: {
      signsIn: people[0] ?? never(),
      deviceAnswer: 'approve',
      deviceCodeInterval: 1,
      withheldScopes: [],
      consentedScopes: undefined,
      rolesInTokens: true,
      tokenLifetime: hours(1),
      signIns: 0,
    },
    seed: pim.seed,
    endpoints: () => ({ arm: '', graph: '', authority: '' }),
    now,
    book: { known, key: '' },
    codes: new Map(),
    deviceCodes: new Map(),
    refreshTokens: new Map(),
    directoryRolesOf: () => [],
    signInsMade: 0,
    firstValidToken: 0,
    firstValidSignIn: 0,
  }
}

/** The bearer token of a person for one of the two APIs. */
export function tokenFor({ id }: TenantPerson, audience: 'arm' | 'graph'): string {
  return `${audience}-${id}`
}

const everyScope = [
  'User.Read',
  'RoleEligibilitySchedule.Read.Directory',
  'RoleAssignmentSchedule.ReadWrite.Directory',
  'RoleManagementPolicy.Read.Directory',
  'PrivilegedEligibilitySchedule.Read.AzureADGroup',
  'PrivilegedAssignmentSchedule.ReadWrite.AzureADGroup',
  'RoleManagementPolicy.Read.AzureADGroup',
  'GroupMember.Read.All',
  'AdministrativeUnit.Read.All',
]

function never(): never {
  throw new Error('the model has people')
}
