import type { Deps } from '../../deps/deps.ts'
import { giveBackLater } from '../../flows/release/release-later.ts'

/** `pim give-back-later <target> <elevation>`: for the helper that a release is left to, whose words nobody sees. */
export async function giveBackLaterCommand(
  target: string,
  elevationId: string,
  deps: Deps,
): Promise<number> {
  await giveBackLater(target, elevationId, deps)
  return 0
}
