import type { Deps } from '../../deps/deps.ts'
import { heldUnderName, serves, type Served } from '../../flows/use/held-session.ts'

/** `pim credentials <target>`: the `credential_process` contract. Never asks, and says nothing else on stdout. */
export async function credentialsCommand(word: string, deps: Deps): Promise<number> {
  const mayRenew = (deps.env.PIM_JUSTIFICATION ?? '') !== ''
  const held = await heldUnderName(word, mayRenew, deps)
  const isOnRecord = held?.elevation.handedOut.includes('credential_process') === true
  const ready = isOnRecord && serves(held.elevation, mayRenew, deps.now()) ? held : undefined
  const { credentials, provider } = ready ?? (await serveAnew(word, deps))
  deps.io.out(JSON.stringify(provider.credentialProcess?.(credentials)))
  return 0
}

/** What most calls need not load. */
async function serveAnew(word: string, deps: Deps): Promise<Served> {
  const { serveOnRecord } = await import('./credentials-renew.ts')
  return serveOnRecord(word, deps)
}
