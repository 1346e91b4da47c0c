import { Secret } from '../../core/credentials.ts'
import { PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import {
  parseWebhookUrl,
  webhookKey,
  type WebhookFormat,
  type WebhookSettings,
} from '../../core/webhook/webhook.ts'
import type { Deps } from '../../deps/deps.ts'
import { postTo } from '../../flows/record/webhooks.ts'

export interface WebhookFlags {
  readonly format: WebhookFormat
}

const schema = 'pim.webhooks/v1'

/** `pim webhook set NAME --format F`: the address comes from a prompt or from stdin, and is kept as a secret. */
export async function webhookSetCommand(
  name: string,
  { format }: WebhookFlags,
  deps: Deps,
): Promise<number> {
  const store = await deps.stores.choose()
  if (store.name === 'memory') throw nowhereToKeep()
  const address = parseWebhookUrl((await readAddress(deps)).reveal())
  const webhook: WebhookSettings = { format, store: store.name }
  // The configuration first: it refuses a name that cannot be.
  await change(deps, (webhooks) => ({ ...webhooks, [name]: webhook }))
  await store.write(webhookKey(name), new Secret(address.href))
  deps.io.note(`\`${printable(name)}\` posts to ${printable(address.host)} as ${format}`)
  if (deps.io.wantsJson) deps.io.json({ schema, webhooks: [{ name, ...webhook }] })
  return 0
}

/** `pim webhook list` */
export async function webhookListCommand(deps: Deps): Promise<number> {
  const webhooks = Object.entries((await deps.settings()).webhooks ?? {})
  if (deps.io.wantsJson) {
    deps.io.json({ schema, webhooks: webhooks.map(([name, webhook]) => ({ name, ...webhook })) })
  } else {
    if (webhooks.length === 0) deps.io.note('there are no webhooks')
    for (const [name, { format, store }] of webhooks) {
      deps.io.out(`${printable(name)} ${format} ${store}`)
    }
  }
  return 0
}

/** `pim webhook test NAME`: exit code 6 where it cannot be posted to. */
export async function webhookTestCommand(name: string, deps: Deps): Promise<number> {
  const webhook = await find(name, deps)
  const message = { event: 'webhook.test', time: deps.now().toISOString() } as const
  await postTo(name, webhook, message, { stores: deps.stores, post: deps.postToWebhook })
  deps.io.note(`\`${printable(name)}\` took a message`)
  if (deps.io.wantsJson) deps.io.json({ schema, webhooks: [{ name, ...webhook }] })
  return 0
}

/** `pim webhook remove NAME` */
export async function webhookRemoveCommand(name: string, deps: Deps): Promise<number> {
  const { store } = await find(name, deps)
  await deps.stores.open(store).remove(webhookKey(name))
  await change(deps, (webhooks) => {
    const { [name]: _, ...others } = webhooks
    return others
  })
  deps.io.note(`removed the webhook \`${printable(name)}\``)
  if (deps.io.wantsJson) deps.io.json({ schema, webhooks: [] })
  return 0
}

async function readAddress({ mayPrompt, prompter, readInput, host }: Deps): Promise<Secret> {
  if (host.stdinIsTerminal) {
    if (!mayPrompt) throw noAddress()
    return (await prompter()).secret('Address to post to, which does not show:')
  }
  const [line = ''] = (await readInput()).split('\n')
  if (line.trim() === '') throw noAddress()
  return new Secret(line.trim())
}

async function find(name: string, deps: Deps): Promise<WebhookSettings> {
  const { webhooks = {} } = await deps.settings()
  const found = Object.hasOwn(webhooks, name) ? webhooks[name] : undefined
  if (found !== undefined) return found
  throw new PimError('usage', 'unknown-webhook', `there is no webhook \`${printable(name)}\``, {
    hint: '`pim webhook list` shows what there is',
  })
}

type Webhooks = Readonly<Record<string, unknown>>

function change({ changeConfig }: Deps, edit: (webhooks: Webhooks) => Webhooks): Promise<void> {
  return changeConfig(({ webhooks, ...others }) => {
    const edited = edit(typeof webhooks === 'object' && webhooks !== null ? { ...webhooks } : {})
    return Object.keys(edited).length === 0 ? others : { ...others, webhooks: edited }
  })
}

function noAddress(): PimError {
  return new PimError('usage', 'missing-input', 'the address of the webhook is missing', {
    hint: 'write it to stdin, as in `pim webhook set ops --format slack < address.txt`',
  })
}

function nowhereToKeep(): PimError {
  return new PimError('usage', 'no-credential-store', 'there is no store to keep the address in', {
    hint: 'unlock the keychain, or set PIM_STORE_PASSPHRASE for an encrypted file',
  })
}
