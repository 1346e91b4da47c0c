import * as v from 'valibot'
import { PimError } from '../../../core/errors.ts'
import { Moment, readRequest, unreadable, type RequestAnswer } from '../pim/request-answer.ts'
import { tidyScope } from './scope/scope.ts'

/** Words that we can do without are absent where they are not what they should be. */
const word = v.fallback(v.optional(v.string()), undefined)
const named = v.fallback(v.optional(v.object({ displayName: word })), undefined)
const expanded = v.fallback(
  v.optional(v.object({ scope: named, roleDefinition: named })),
  undefined,
)

const right = {
  scope: v.pipe(v.string(), v.nonEmpty(), v.transform(tidyScope)),
  roleDefinitionId: v.pipe(v.string(), v.regex(/\/[\w.-]+$/)),
  startDateTime: v.nullish(Moment),
  endDateTime: v.nullish(Moment),
  expandedProperties: expanded,
}

const Eligible = v.object({
  properties: v.object({
    ...right,
    roleEligibilityScheduleId: word,
    memberType: word,
    condition: word,
    conditionVersion: word,
  }),
})

const Active = v.object({
  properties: v.object({
    ...right,
    startDateTime: Moment,
    assignmentType: word,
    roleAssignmentScheduleId: word,
    linkedRoleEligibilityScheduleId: word,
  }),
})

/** A role at a scope, with the names that ARM gives them. */
export interface Place {
  readonly scope: string
  readonly roleDefinitionId: string
  readonly scopeName: string | undefined
  readonly roleName: string | undefined
}

/** A standing right to activate a role at a scope. */
export interface EligibleRow extends Place {
  readonly scheduleId: string | undefined
  readonly isDirect: boolean
  /** Undefined where no end is set. */
  readonly endsAt: Date | undefined
  readonly condition: string | undefined
  readonly conditionVersion: string | undefined
}

/** A role that is active at a scope. */
export interface ActiveRow extends Place {
  /** Whether it was activated. What was assigned is active too, but nobody asked for it. */
  readonly isActivated: boolean
  readonly startsAt: Date
  readonly endsAt: Date | undefined
  readonly scheduleId: string | undefined
  readonly eligibilityScheduleId: string | undefined
}

/** What a list holds, and an error that tells of the entries that cannot be read. */
export interface Rows<Row> {
  readonly rows: readonly Row[]
  readonly trouble: PimError | undefined
}

export function readEligible(items: readonly unknown[]): Rows<EligibleRow> {
  return readRows(items, 'eligibilities', Eligible, ({ properties }) => ({
    ...placeOf(properties),
    scheduleId: properties.roleEligibilityScheduleId,
    isDirect: properties.memberType?.toLowerCase() === 'direct',
    endsAt: properties.endDateTime ?? undefined,
    condition: properties.condition,
    conditionVersion: properties.conditionVersion,
  }))
}

export function readActive(items: readonly unknown[]): Rows<ActiveRow> {
  return readRows(items, 'active assignments', Active, ({ properties }) => ({
    ...placeOf(properties),
    isActivated: isActivated(properties),
    startsAt: properties.startDateTime,
    endsAt: properties.endDateTime ?? undefined,
    scheduleId: properties.roleAssignmentScheduleId,
    eligibilityScheduleId: properties.linkedRoleEligibilityScheduleId,
  }))
}

/** Rows have been seen without a type: what was activated is tied to an eligibility, or sure to end. */
function isActivated({
  assignmentType,
  linkedRoleEligibilityScheduleId,
  endDateTime,
}: v.InferOutput<typeof Active>['properties']): boolean {
  if (assignmentType) return assignmentType.toLowerCase() === 'activated'
  return Boolean(linkedRoleEligibilityScheduleId) || endDateTime instanceof Date
}

function placeOf({
  scope,
  roleDefinitionId,
  expandedProperties,
}:
  | v.InferOutput<typeof Eligible>['properties']
  | v.InferOutput<typeof Active>['properties']): Place {
  return {
    scope,
    roleDefinitionId,
    scopeName: expandedProperties?.scope?.displayName,
    roleName: expandedProperties?.roleDefinition?.displayName,
  }
}

function readRows<Schema extends v.GenericSchema, Row>(
  items: readonly unknown[],
  what: string,
  schema: Schema,
  toRow: (entry: v.InferOutput<Schema>) => Row,
): Rows<Row> {
  const rows: Row[] = []
  const fields = new Set<string>()
  for (const item of items) {
    const read = v.safeParse(schema, item)
    if (read.success) rows.push(toRow(read.output))
    else for (const issue of read.issues) fields.add(v.getDotPath(issue) ?? 'the whole entry')
  }
  const unread = items.length - rows.length
  const trouble =
    unread === 0 ? undefined : unreadableRows(`${unread} of ${items.length} ${what}`, fields)
  return { rows, trouble }
}

function unreadableRows(which: string, fields: ReadonlySet<string>): PimError {
  const where = [...fields].join(', ')
  return new PimError('unavailable', 'unreadable-answer', `${which} cannot be read (${where})`, {
    hint: 'the rest is complete; Azure may answer in a way that is newer than this pim',
  })
}

const RequestBody = v.object({
  name: word,
  properties: v.looseObject({ targetRoleAssignmentScheduleId: word }),
})

/** A request, and the schedule that it makes. */
export interface ArmRequest extends RequestAnswer {
  readonly scheduleId: string | undefined
}

/** Reads a request. Throws `unavailable` (`unreadable-answer`) where it is none. */
export function readArmRequest(id: string, body: unknown): ArmRequest {
  const read = v.safeParse(RequestBody, body)
  if (!read.success) throw unreadable(read.issues)
  const { properties } = read.output
  return { ...readRequest(id, properties), scheduleId: properties.targetRoleAssignmentScheduleId }
}

/** The request of this name among others, as it came. */
export function requestNamed(name: string, items: readonly unknown[]): unknown {
  return items.find(
    (item) =>
      v.is(v.object({ name: v.string() }), item) && item.name.toLowerCase() === name.toLowerCase(),
  )
}

const Subscription = v.object({ displayName: v.string() })

export function readSubscriptionName(body: unknown): string | undefined {
  const read = v.safeParse(Subscription, body)
  return read.success ? read.output.displayName : undefined
}

const PolicyAssignment = v.object({
  properties: v.object({
    scope: word,
    roleDefinitionId: v.string(),
    effectiveRules: v.unknown(),
  }),
})

export type PolicyAssignment = v.InferOutput<typeof PolicyAssignment>['properties']

/** The policy assignments among these that can be read; the others count as absent. */
export function readPolicyAssignments(items: readonly unknown[]): readonly PolicyAssignment[] {
  return items.flatMap((item) => {
    const read = v.safeParse(PolicyAssignment, item)
    return read.success ? [read.output.properties] : []
  })
}
