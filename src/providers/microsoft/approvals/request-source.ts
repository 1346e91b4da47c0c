import type { AccessRequest, Verdict, OnUnreadable } from '../../../core/elevation/approval.ts'
import type { MicrosoftIdentity } from '../http/client.ts'
import type { AskedAccess } from './access-request.ts'
import type { RequestAnswer } from '../pim/request-answer.ts'
import type { SeenStage } from './stage.ts'

/** Whose requests a list holds: the caller's own, or those that the caller may decide. */
export type Side = 'own' | 'to-decide'

/** What ARM, and either side of Graph, can be asked about requests and approvals. Each throws as its client does. */
export interface RequestSource<Row extends AskedAccess = AskedAccess> {
  readonly caller: (signal: AbortSignal) => Promise<MicrosoftIdentity>
  readonly list: (
    side: Side,
    signal: AbortSignal,
    onUnreadable?: OnUnreadable,
  ) => Promise<readonly Row[]>
  /** One by its id; undefined where only a list can tell. */
  readonly read: (id: string, signal: AbortSignal) => Promise<Row | undefined>
  /** Tells what a row is for from what others are for. */
  readonly rightOf: (row: Row) => string
  /** Rows as people read them, in the same order, and without stages. `me` is the caller's id. */
  readonly name: (
    rows: readonly Row[],
    me: MicrosoftIdentity,
    signal: AbortSignal,
  ) => Promise<readonly AccessRequest[]>
  /** The stages of an approval, in order. */
  readonly stages: (approvalId: string, signal: AbortSignal) => Promise<readonly SeenStage[]>
  /** The stage to decide where none can be read; undefined where that cannot be known. */
  readonly unreadStage: (request: AccessRequest) => string | undefined
  /** Who may decide, stage by stage, by name. */
  readonly approvers: (
    request: AccessRequest,
    signal: AbortSignal,
  ) => Promise<readonly (readonly string[])[]>
  /** What one may do with the role; undefined where there is nothing to read. */
  readonly permissions: (
    request: AccessRequest,
    signal: AbortSignal,
  ) => Promise<readonly string[] | undefined>
  readonly sendDecision: (
    request: AccessRequest,
    stageId: string,
    verdict: Verdict,
    signal: AbortSignal,
  ) => Promise<void>
  /** A request as it stands, read where it was made; undefined where it is not shown. */
  readonly reread: (request: AccessRequest, signal: AbortSignal) => Promise<Row | undefined>
  readonly cancel: (id: string, facts: Facts, signal: AbortSignal) => Promise<void>
  /** What became of a request of the caller's own; undefined where it is not shown. */
  readonly outcome: (
    id: string,
    facts: Facts,
    signal: AbortSignal,
  ) => Promise<RequestAnswer | undefined>
}

export type Facts = Readonly<Record<string, string>>

/** An approval has the id of its request, where nothing else is said. */
export function approvalOf({
  id,
  reference,
}: {
  readonly id: string
  readonly reference?: Facts
}): string {
  return reference?.approvalId ?? id
}
