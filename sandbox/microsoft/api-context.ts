import type { ArmApprovalSettings } from './arm/approvals.ts'
import type { AuthorityState } from './authority/state.ts'
import type { PimState } from './pim/state.ts'

/** What an API stands on. */
export interface ApiGround {
  readonly pim: PimState
  readonly authority: AuthorityState
  readonly settings: ApiSettings
}

/** What tests may turn at the APIs themselves; read anew for each request. */
export interface ApiSettings extends ArmApprovalSettings {
  /** Entries a page of a list. */
  readonly pageSize: number
  /**
   * The code under which ARM refuses changes of whoever has not met `p1`, as Azure's mandatory
   * multi-factor authentication does; undefined where it is not enforced.
   */
  readonly mandatoryMfa: 'RequestDisallowedByAzure' | 'RequestDisallowedByPolicy' | undefined
}
