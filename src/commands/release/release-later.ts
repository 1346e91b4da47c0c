import type { Deps } from '../../deps/deps.ts'
import { releaseLater } from '../../flows/release/release-later.ts'

/** `pim release-later <target> <elevation>`: for the helper that a release is left to, whose words nobody sees. */
export async function releaseLaterCommand(
  target: string,
  elevationId: string,
  deps: Deps,
): Promise<number> {
  await releaseLater(target, elevationId, deps)
  return 0
}
