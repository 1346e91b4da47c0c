import * as v from 'valibot'
import { readAskedAccess, type AskedAccess } from '../../approvals/access-request.ts'
import { unreadable } from '../../pim/request-answer.ts'
import type { Instance } from '../schedule/schedule-instance.ts'
import { fold } from '../unique-names.ts'
import type { Surface } from '../schedule/schedule-api.ts'

/** A request as Graph has it, with what it is for. */
export interface AskedRow<Its extends Instance> extends AskedAccess {
  readonly instance: Its
  readonly requesterName: string | undefined
}

const Words = v.fallback(v.nullish(v.string()), undefined)
const Request = v.object({
  id: v.pipe(v.string(), v.nonEmpty()),
  principal: v.optional(v.unknown()),
})

/** Reads a request. Throws `unavailable` (`unreadable-answer`) where it lacks what a decision needs to know. */
export function readAskedRow<Its extends Instance>(
  surface: Pick<Surface<Its>, 'readInstance'>,
  body: unknown,
  now: Date,
): AskedRow<Its> {
  const read = v.safeParse(Request, body)
  if (!read.success) throw unreadable(read.issues)
  return {
    ...readAskedAccess(read.output.id, body, now),
    instance: surface.readInstance(body),
    requesterName: readPerson(read.output.principal)?.name,
  }
}

const Person = v.object({ id: Words, userPrincipalName: Words, displayName: Words })

/** Somebody in the directory, by the name that is theirs alone where they have one. */
export function readPerson(
  body: unknown,
): { readonly id: string; readonly name: string } | undefined {
  const read = v.safeParse(Person, body)
  if (!read.success) return undefined
  const { id, userPrincipalName, displayName } = read.output
  const name = userPrincipalName?.trim() || displayName?.trim()
  return name ? { id: fold(id ?? ''), name } : undefined
}

const Definition = v.object({
  rolePermissions: v.array(
    v.object({ allowedResourceActions: v.fallback(v.array(v.string()), []) }),
  ),
})

/** What a directory role may do, in Graph's words; undefined where that is not said. */
export function readAllowedActions(body: unknown): readonly string[] | undefined {
  const read = v.safeParse(Definition, body)
  if (!read.success) return undefined
  return read.output.rolePermissions.flatMap((each) => each.allowedResourceActions)
}
