import { asPimError, PimError } from '../../core/errors.ts'
import { typed } from '../../core/printable.ts'
import type { Deps } from '../../deps/deps.ts'
import { recordHandOut, serve } from '../../flows/use/hand-out.ts'
import type { Served } from '../../flows/use/held-session.ts'
import { elevateDeps } from '../elevate/person.ts'
import { readWish } from '../elevate/flags.ts'

/** Credentials for a program that asks again and again, elevating if a justification was left for it. */
export async function serveOnRecord(word: string, deps: Deps): Promise<Served> {
  const tools = elevateDeps({ ...deps, mayPrompt: false })
  const served = await serve(word, await readWish({}, deps), tools).catch((error: unknown) => {
    throw elsewhere(asPimError(error), word)
  })
  await recordHandOut(served.elevation, 'credential_process', tools)
  return served
}

/** An SDK runs this command, so nobody can add an option or answer a question here. */
function elsewhere(error: PimError, word: string): PimError {
  const { kind, code, message, target, provider, cause } = error
  if (code !== 'mfa-needed') return error
  const hint = `run \`pim elevate ${typed(word)}\` in a terminal first`
  return new PimError(kind, code, message, { hint, target, provider, cause })
}
