import { randomUUID } from 'node:crypto'

import { tenantAlice } from '../../../../sandbox/microsoft/seed/seed.ts'
import type { Eligibility } from '../../../../sandbox/microsoft/seed/model.ts'
import type { Reply, Room } from '../fixture.ts'

export const authorization = '/providers/Microsoft.Authorization'
export const version = 'api-version=2020-10-01'
export const asTarget = '$filter=asTarget()'
export const active = `${authorization}/roleAssignmentScheduleInstances?${version}&${asTarget}`

export interface Wish {
  readonly scope?: string
  readonly name?: string
  readonly token?: string
  readonly properties?: Record<string, unknown>
  readonly validate?: boolean
}

export const lasting = (duration: string) => ({
  scheduleInfo: { expiration: { type: 'AfterDuration', duration } },
})

/** Asks for an activation, or what the wish says. */
export function put(room: Room, one: Eligibility, wish: Wish = {}): Promise<Reply> {
  const { scope = one.scope, name = randomUUID(), token, validate = false } = wish
  const path = `${scope}${authorization}/roleAssignmentScheduleRequests/${name}`
  const call = validate ? `POST ${path}/validate?${version}` : `PUT ${path}?${version}`
  return room.arm(call, {
    ...(token !== undefined && { token }),
    body: {
      properties: {
        principalId: tenantAlice.id,
        roleDefinitionId: `${authorization}/roleDefinitions/${one.roleId}`,
        requestType: 'SelfActivate',
        justification: 'restart the queue',
        ...lasting('PT1H'),
        ...wish.properties,
      },
    },
  })
}

export const release = { properties: { requestType: 'SelfDeactivate' } }
export const codeOf = ({ status, body }: Reply) => [status, body?.error?.code]
