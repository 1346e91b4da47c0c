import type { Deps } from '../deps.ts'
import { recordHandOut, serve } from '../flows/hand-out.ts'
import type { Served } from '../flows/held.ts'
import { elevateDeps } from './elevate-deps.ts'
import { readWish } from './request.ts'

/** Credentials for a program that asks again and again, elevating if a justification was left for it. */
export async function serveOnRecord(word: string, deps: Deps): Promise<Served> {
  const tools = elevateDeps({ ...deps, mayPrompt: false })
  const served = await serve(word, await readWish({}, deps), tools)
  await recordHandOut(served.elevation, 'credential_process', tools)
  return served
}
