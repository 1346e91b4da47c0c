import type { OnUnreadable } from '../../../../core/elevation/approval.ts'
import * as v from 'valibot'
import { readableOf, readAskedAccess, type AskedAccess } from '../../approvals/access-request.ts'
import { unreadable } from '../../pim/request-answer.ts'
import { readStage, type SeenStage } from '../../approvals/stage.ts'
import { tidyScope } from '../scope/scope.ts'
import type { Place } from '../wire.ts'

/** A request as ARM has it, with the names that ARM gives. */
export interface AskedRow extends AskedAccess, Place {
  readonly requesterName: string | undefined
}

const word = v.fallback(v.optional(v.string()), undefined)
const named = v.fallback(v.optional(v.object({ displayName: word, email: word })), undefined)

const Request = v.object({
  name: v.pipe(v.string(), v.nonEmpty()),
  properties: v.looseObject({
    scope: v.pipe(v.string(), v.nonEmpty(), v.transform(tidyScope)),
    roleDefinitionId: v.pipe(v.string(), v.regex(/\/[\w.-]+$/)),
    expandedProperties: v.fallback(
      v.optional(v.object({ scope: named, roleDefinition: named, principal: named })),
      undefined,
    ),
  }),
})

/** Reads a request. Throws `unavailable` (`unreadable-answer`) where it lacks what a decision needs to know. */
export function readAskedRow(body: unknown, now: Date): AskedRow {
  const read = v.safeParse(Request, body)
  if (!read.success) throw unreadable(read.issues)
  const { name, properties } = read.output
  const { scope, roleDefinitionId, expandedProperties } = properties
  const principal = expandedProperties?.principal
  return {
    ...readAskedAccess(name, properties, now),
    scope,
    roleDefinitionId,
    scopeName: expandedProperties?.scope?.displayName,
    roleName: expandedProperties?.roleDefinition?.displayName,
    requesterName: principal?.email || principal?.displayName || undefined,
  }
}

/** The requests in a list that can be read. Throws where not one of them can. */
export function readAskedRows(
  items: readonly unknown[],
  now: Date,
  onUnreadable?: OnUnreadable,
): readonly AskedRow[] {
  return readableOf(items, (item) => readAskedRow(item, now), onUnreadable)
}

const Stage = v.fallback(v.object({ id: word, name: word, properties: v.optional(v.unknown()) }), {
  properties: undefined,
})

/** The stages of an approval, in order. */
export function readArmStages(items: readonly unknown[]): readonly SeenStage[] {
  return items.map((item) => {
    const { id = '', name, properties } = v.parse(Stage, item)
    return readStage(name || id.slice(id.lastIndexOf('/') + 1), properties)
  })
}

const Batch = v.object({
  responses: v.pipe(
    v.array(v.object({ httpStatusCode: v.number(), content: v.optional(v.unknown()) })),
    v.minLength(1),
  ),
})

/** What came of the only request in a batch. Throws `unavailable` (`unreadable-answer`) where that is not said. */
export function readBatchAnswer(body: unknown): {
  readonly status: number
  readonly body: unknown
} {
  const read = v.safeParse(Batch, body)
  if (!read.success) throw unreadable(read.issues)
  const [first] = read.output.responses
  return { status: first?.httpStatusCode ?? 0, body: first?.content }
}
