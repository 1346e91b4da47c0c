import * as v from 'valibot'
import { PimError } from '../../../../core/errors.ts'
import type { GroupRight, RoleRight } from '../wire.ts'

const RoleFields = v.object({ roleDefinitionId: v.string(), directoryScopeId: v.string() })
const GroupFields = v.object({ groupId: v.string(), accessId: v.string() })

type Noted = Readonly<Record<string, string>> | undefined

/** The directory role that a target's reference, or an elevation's facts, speak of. Throws where they do not. */
export function roleRightOf(noted: Noted, target: string): RoleRight {
  return read(RoleFields, noted, target)
}

/** The place in a group that they speak of. */
export function groupRightOf(noted: Noted, target: string): GroupRight {
  return read(GroupFields, noted, target)
}

function read<Schema extends v.GenericSchema>(
  fields: Schema,
  noted: Noted,
  target: string,
): v.InferOutput<Schema> {
  const found = v.safeParse(fields, noted)
  if (found.success) return found.output
  throw new PimError('usage', 'unknown-target', 'pim has no details of this target', {
    target,
    hint: '`pim list --refresh` reloads them',
  })
}
