import { approvalsOf } from '../../approving.ts'
import { openRoom } from './fixture.ts'

/** Alice asks for something that bob may approve. */
export async function ask(path = 'payments-dev/Contributor') {
  const room = await openRoom()
  const made = await room.elevate(path)
  return {
    ...room,
    made,
    id: made.providerRequestId ?? '',
    alices: approvalsOf(room.provider),
    bobs: approvalsOf(room.as('bob')),
    carols: approvalsOf(room.as('carol')),
  }
}
