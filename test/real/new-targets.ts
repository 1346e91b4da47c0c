import {
  guidOf,
  type Eligibility,
  type Grantable,
  type PimKind,
  type TenantSeed,
} from '../../sandbox/microsoft/seed/model.ts'
import {
  armRoles,
  armScopes,
  resourceGroup,
  sandboxEligibility,
} from '../../sandbox/microsoft/seed/seed.ts'

/** Targets for the rows of a table: as each takes one of its own, none meets what another left. */
export interface Stock {
  /** What to add to a tenant so that they are there. */
  readonly seeds: readonly Partial<TenantSeed>[]
  readonly next: (kind: PimKind) => NewTarget
}

export function createStock(count: number): Stock {
  const fresh = {
    azure: newTargets('azure', count),
    entra: newTargets('entra', count),
    group: newTargets('group', count),
  }
  const used = { azure: 0, entra: 0, group: 0 }
  return {
    seeds: Object.values(fresh).map(({ seed }) => seed),
    next: (kind) => {
      const target = fresh[kind].targets[used[kind]]
      used[kind] += 1
      if (target === undefined) throw new Error(`there are but ${count} ${kind} targets`)
      return target
    },
  }
}

/** Something to elevate to, and what pim calls it. */
export interface NewTarget {
  readonly text: string
  readonly eligibility: Eligibility
}

interface NewTargets {
  /** What to add to a tenant so that they are there. */
  readonly seed: Partial<TenantSeed>
  readonly targets: readonly NewTarget[]
}

/** As many targets as wanted that nobody has touched. */
export function newTargets(kind: PimKind, count: number): NewTargets {
  const names = Array.from({ length: count }, (_, index) => `row-${index + 1}`)
  switch (kind) {
    case 'azure': {
      const scopes = names.map((name) => resourceGroup(name, armScopes.paymentsDev.id))
      const rights = scopes.map(({ id }) => ({ kind, roleId: armRoles.owner.id, scope: id }))
      const texts = names.map((name) => `azure:payments-dev/${name}/Owner`)
      return eligibleTo(texts, rights, { scopes })
    }
    case 'entra': {
      const directoryRoles = names.map((name) => ({ id: guidOf(kind, name), displayName: name }))
      const rights = directoryRoles.map(({ id }) => ({ kind, roleId: id, scope: '/' }))
      return eligibleTo(
        names.map((name) => `entra:${name}`),
        rights,
        { directoryRoles },
      )
    }
    case 'group': {
      const groups = names.map((name) => ({
        id: guidOf(kind, name),
        displayName: name,
        members: [],
      }))
      const rights = groups.map(({ id }) => ({ kind, roleId: 'member', scope: id }))
      return eligibleTo(
        names.map((name) => `group:${name}`),
        rights,
        { groups },
      )
    }
  }
}

function eligibleTo(
  texts: readonly string[],
  rights: readonly Grantable[],
  seed: Partial<TenantSeed>,
): NewTargets {
  const eligibilities = rights.map((right) => sandboxEligibility(right))
  return {
    seed: { ...seed, eligibilities },
    targets: eligibilities.map((eligibility, row) => ({ text: texts[row] ?? '', eligibility })),
  }
}
