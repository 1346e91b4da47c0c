import type { Deps } from '../deps.ts'
import { recordHandOut, serve } from '../flows/hand-out.ts'
import { elevateDeps } from './elevate-deps.ts'
import { readWish } from './request.ts'

/** `pim credentials <target>`: the `credential_process` contract. Never asks, and says nothing else on stdout. */
export async function credentialsCommand(word: string, deps: Deps): Promise<number> {
  const tools = elevateDeps({ ...deps, mayPrompt: false })
  const { held, provider } = await serve(word, readWish({}, deps.env), tools)
  await recordHandOut(held.elevation, 'credential_process', tools)
  deps.io.out(JSON.stringify(provider.credentialProcess(held.credentials)))
  return 0
}
