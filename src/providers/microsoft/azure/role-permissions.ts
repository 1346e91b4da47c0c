import * as v from 'valibot'
import type { MicrosoftClient } from '../http/client.ts'
import { unreadable } from '../pim/request-answer.ts'
import { encodePath, isNotShown, rolesVersion } from './arm.ts'

/** What is allowed, less what is not. */
export interface Permission {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
}

/** What a role allows. Undefined where its definition may not be read. */
export async function permissionsOfRole(
  roleDefinitionId: string | undefined,
  client: MicrosoftClient,
  signal: AbortSignal,
): Promise<readonly Permission[] | undefined> {
  if (roleDefinitionId === undefined) return undefined
  const path = `${encodePath(roleDefinitionId)}?api-version=${rolesVersion}`
  try {
    const { body } = await client.send({ method: 'GET', path, signal })
    const read = v.safeParse(Definition, body)
    if (!read.success) throw unreadable(read.issues)
    return readPermissions(read.output.properties.permissions)
  } catch (error) {
    if (isNotShown(error)) return undefined
    throw error
  }
}

const names = v.fallback(v.array(v.string()), [])

const Permission = v.object({
  actions: names,
  notActions: names,
  dataActions: names,
  notDataActions: names,
})

const Definition = v.object({ properties: v.object({ permissions: v.array(v.unknown()) }) })

/** The sets of rights among these that can be read; the others count as absent. */
export function readPermissions(items: readonly unknown[]): readonly Permission[] {
  return items.flatMap((item) => {
    const read = v.safeParse(Permission, item)
    return read.success ? [read.output] : []
  })
}
