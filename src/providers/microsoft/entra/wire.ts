import * as v from 'valibot'
import { Moment, readRequest, unreadable, type RequestAnswer } from '../pim/request-answer.ts'
import type { Instance, Right } from './schedule/schedule-instance.ts'
import { fold } from './unique-names.ts'

/** A role, and where it counts. */
export type RoleRight = {
  readonly roleDefinitionId: string
  readonly directoryScopeId: string
}

/** A role's instance, with the role's name where it was told along. */
export interface RoleInstance extends Instance {
  readonly right: RoleRight
  readonly roleName: string | undefined
}

/** A place in a group: as a member, or as an owner. */
export type GroupRight = {
  readonly groupId: string
  readonly accessId: string
}

export interface GroupInstance extends Instance {
  readonly right: GroupRight
}

/** Ids stand in paths beside an `@`; what could be mistaken for more than an id is none. */
const Id = v.pipe(v.string(), v.regex(/^[^\s@\p{C}]{1,512}$/u))
const Words = v.fallback(v.nullish(v.string()), undefined)

const instanceFields = {
  assignmentType: Words,
  startDateTime: v.nullish(Moment),
  endDateTime: v.nullish(Moment),
}

const RoleRow = v.object({
  ...instanceFields,
  roleDefinitionId: Id,
  directoryScopeId: Id,
  roleAssignmentScheduleId: Words,
  roleDefinition: v.fallback(
    v.nullish(
      v.object({
        displayName: Words,
        templateId: Words,
        isBuiltIn: v.fallback(v.nullish(v.boolean()), undefined),
      }),
    ),
    undefined,
  ),
})

const GroupRow = v.object({
  ...instanceFields,
  groupId: Id,
  accessId: Id,
  assignmentScheduleId: Words,
})

/** Reads an instance of a directory role. Throws `unavailable` (`unreadable-answer`). */
export function readRoleInstance(row: unknown): RoleInstance {
  const { roleDefinition, ...read } = parse(RoleRow, row)
  const right = {
    roleDefinitionId: read.roleDefinitionId,
    directoryScopeId: read.directoryScopeId,
  }
  const token = tokenRoleId(right, roleDefinition)
  const facts = { ...right, ...(token !== undefined && { tokenRoleId: token }) }
  return {
    ...instance(read, right, { ...facts, ...schedule(read.roleAssignmentScheduleId) }),
    roleName: roleDefinition?.displayName?.trim() || undefined,
  }
}

/**
 * The id by which a token names the role while it is active. Tokens name built-in roles that count
 * for the whole tenant, and no others: what is not known to be one is none.
 */
function tokenRoleId(
  { directoryScopeId, roleDefinitionId }: RoleRight,
  role: v.InferOutput<typeof RoleRow>['roleDefinition'],
): string | undefined {
  if (directoryScopeId !== '/' || role?.isBuiltIn !== true) return undefined
  return role.templateId || roleDefinitionId
}

/** Reads an instance of a place in a group. Throws `unavailable` (`unreadable-answer`). */
export function readGroupInstance(row: unknown): GroupInstance {
  const read = parse(GroupRow, row)
  const right = { groupId: read.groupId, accessId: spelt(read.accessId) }
  return instance(read, right, { ...right, ...schedule(read.assignmentScheduleId) })
}

/** Enum members are sent in camel case, however they came; one that is not known stays as it is. */
function spelt(accessId: string): string {
  const folded = fold(accessId)
  return ['member', 'owner'].includes(folded) ? folded : accessId
}

interface InstanceFields {
  readonly assignmentType?: string | null | undefined
  readonly startDateTime?: Date | null | undefined
  readonly endDateTime?: Date | null | undefined
}

function instance<Its extends Right>(
  { assignmentType, startDateTime, endDateTime }: InstanceFields,
  right: Its,
  facts: Instance['facts'],
): Instance & { readonly right: Its } {
  return {
    right,
    isActivated: isActivated(assignmentType, endDateTime),
    startsAt: startDateTime ?? undefined,
    endsAt: endDateTime ?? undefined,
    facts,
  }
}

/** Rows have been seen without a type; only what was activated is sure to end. */
function isActivated(type: string | null | undefined, end: Date | null | undefined): boolean {
  return type ? fold(type) === 'activated' : end instanceof Date
}

function schedule(id: string | null | undefined): { readonly scheduleId?: string } {
  return id ? { scheduleId: id } : {}
}

const Request = v.object({ id: v.pipe(v.string(), v.nonEmpty()), targetScheduleId: Words })

/** A request, and the schedule that it makes. */
export interface ScheduleRequest extends RequestAnswer {
  readonly scheduleId: string | undefined
}

/** Reads a schedule request. Throws `unavailable` (`unreadable-answer`). */
export function readScheduleRequest(body: unknown): ScheduleRequest {
  const { id, targetScheduleId } = parse(Request, body)
  return { ...readRequest(id, body), scheduleId: targetScheduleId || undefined }
}

const WithStatus = v.object({ status: v.string() })

/** The status that an answer holds, where it holds one. */
export function statusIn(body: unknown): string | undefined {
  return v.is(WithStatus, body) ? body.status : undefined
}

const Named = v.object({ id: v.string(), displayName: Words })

/** An object of the directory: its id, and its name where it may be read. */
export function readNamed(
  body: unknown,
): { readonly id: string; readonly name: string } | undefined {
  const read = v.safeParse(Named, body)
  const name = read.success ? read.output.displayName?.trim() : undefined
  return read.success && name ? { id: read.output.id, name } : undefined
}

const WithId = v.object({ id: v.string() })

/** Whether this is the directory's object of that id. */
export function isObject(body: unknown, id: string): boolean {
  return v.is(WithId, body) && fold(body.id) === fold(id)
}

const PolicyAssignment = v.object({
  roleDefinitionId: Words,
  policy: v.fallback(v.nullish(v.object({ rules: v.unknown() })), undefined),
})

/** The rules of the policy that counts for a role, as they came; undefined where there are none. */
export function readPolicyRules(row: unknown, roleDefinitionId: string): unknown {
  const read = v.safeParse(PolicyAssignment, row)
  if (!read.success) return undefined
  const of = read.output.roleDefinitionId
  const isIts = of === undefined || of === null || fold(of) === fold(roleDefinitionId)
  return isIts ? read.output.policy?.rules : undefined
}

function parse<Schema extends v.GenericSchema>(schema: Schema, body: unknown) {
  const read = v.safeParse(schema, body)
  if (!read.success) throw unreadable(read.issues)
  return read.output
}
