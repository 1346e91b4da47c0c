import { credentialsKey } from '../../core/elevation/elevation.ts'
import type { StoreName } from '../../core/store-item.ts'
import { webhookKey } from '../../core/webhook/webhook.ts'
import type { Deps } from '../../deps/deps.ts'

/** What a person can do about them. */
export function leftoverWords(
  name: StoreName,
  leftovers: readonly string[],
): { readonly message: string; readonly hint: string } {
  const shown = leftovers.slice(0, 5)
  const more = leftovers.length > shown.length ? ` and ${leftovers.length - shown.length} more` : ''
  const count = leftovers.length === 1 ? '1 item' : `${leftovers.length} items`
  return {
    message: `${count} that nothing in this PIM_HOME refers to: ${shown.join(', ')}${more}`,
    hint:
      name === 'file'
        ? `remove ${leftovers.length === 1 ? 'the file' : 'these files'}: pim cannot read them any more`
        : 'remove them with the keychain program of your system (service `pim-cli`), unless another PIM_HOME uses them',
  }
}

type LeftoverDeps = Pick<Deps, 'stores' | 'records' | 'settings' | 'signIns' | 'anchorKeys'>

/**
 * Items of a credential store that nothing of this PIM_HOME refers to; undefined where it cannot be
 * listed. Another PIM_HOME on this machine may share a keychain: what is listed is not judged.
 */
export async function storeLeftovers(
  name: StoreName,
  deps: LeftoverDeps,
): Promise<readonly string[] | undefined> {
  const others = await deps.stores.open(name).others?.(await keysIn(name, deps))
  // The anchors of other logs guard those logs, and a probe is another process at work.
  return others?.filter((key) => !/^(?:audit-head:|probe-)/.test(key))
}

async function keysIn(
  name: StoreName,
  { records, settings, signIns, anchorKeys }: LeftoverDeps,
): Promise<readonly string[]> {
  const [elevations, { webhooks = {} }, items] = await Promise.all([
    records.list(),
    settings(),
    signIns().then((each) => each.items()),
  ])
  return [
    ...(await anchorKeys()),
    ...elevations.filter(({ store }) => store === name).map(credentialsKey),
    ...Object.entries(webhooks)
      .filter(([, { store }]) => store === name)
      .map(([webhook]) => webhookKey(webhook)),
    ...items.filter(({ store }) => store === name).map(({ key }) => key),
  ]
}
