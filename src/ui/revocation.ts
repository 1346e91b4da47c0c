import { locally, type Elevation } from '../core/elevation/elevation.ts'
import { mayHaveArrived, PimError } from '../core/errors.ts'
import { printable } from '../core/printable.ts'
import type { Revocation, RevokePolicy } from '../core/elevation/revocation.ts'
import { formatLocalMoment } from '../core/time/local-time.ts'
import { renderCommand } from './shell.ts'

/** The member `revocation` of an entry of `pim.elevations/v1`. */
export function revocationJson(revocation: Revocation): Readonly<Record<string, unknown>> {
  const { state, policy } = revocation
  return {
    state,
    ...(policy !== undefined && policyJson(policy)),
    ...(state === 'revoked'
      ? { removeCommand: renderCommand(revocation.policy.removeCommand) }
      : { error: notRevoked(revocation).toJSON() }),
    ...(state === 'not-revoked' &&
      policy !== undefined && { putCommand: renderCommand(policy.putCommand) }),
  }
}

function policyJson(policy: RevokePolicy): Readonly<Record<string, unknown>> {
  const { account, role, name, document, deniesBefore } = policy
  const policyDocument: unknown = JSON.parse(document)
  return {
    account,
    role,
    policyName: name,
    policyDocument,
    deniesBefore: deniesBefore.toISOString(),
  }
}

/** What was put where, what it takes to work, and how to be rid of it: a line each. */
export function revokedLines(
  { policy }: Extract<Revocation, { state: 'revoked' }>,
  elevation: Elevation,
): readonly string[] {
  const { account, role, name, deniesBefore, whose, removeCommand } = policy
  const moment = formatLocalMoment(locally(deniesBefore, elevation))
  return [
    `the policy \`${printable(name)}\` on the role ${printable(role)} of ${account} denies the sessions ${printable(whose)} from before ${moment}; it takes minutes to work everywhere`,
    `the policy stays until you remove it: \`${printable(renderCommand(removeCommand))}\``,
  ]
}

/** The error that says so, of the kind that the refusal was of. */
export function notRevoked({
  error,
  policy,
}: Extract<Revocation, { state: 'not-revoked' }>): PimError {
  const { kind, code, target, provider, cause } = error
  const byOthers =
    policy === undefined
      ? []
      : [`an administrator of ${policy.account} can run the printed command`]
  const hint = [...(error.hint === undefined ? [] : [error.hint]), ...byOthers].join('; ')
  const outcome = mayHaveArrived(error)
    ? 'pim does not know whether AWS denies its keys'
    : 'nothing denies its keys'
  const message = `the session is released here, but ${outcome}: ${error.message}`
  return new PimError(kind, code, message, { hint: hint || undefined, target, provider, cause })
}
