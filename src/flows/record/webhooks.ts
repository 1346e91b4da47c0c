import type { AuditEvent, AuditLog } from '../../core/audit/audit.ts'
import { announcementOf, type Announcement } from '../../core/webhook/announcement.ts'
import type { CredentialStores, Secret } from '../../core/credentials.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import type { Settings } from '../../core/settings/settings.ts'
import { webhookKey, type WebhookSettings } from '../../core/webhook/webhook.ts'
import { webhookMessage } from '../../core/webhook/message.ts'

export interface AnnounceDeps {
  readonly audit: AuditLog
  readonly settings: () => Promise<Settings>
  readonly stores: CredentialStores
  readonly now: () => Date
  /** Posts JSON to an address, within a time limit of its own. */
  readonly post: (url: Secret, body: string) => Promise<void>
  readonly warn: (text: string) => void
}

/** A log that tells others of what it has written, and what is still being told. */
export interface AnnouncingLog {
  readonly audit: AuditLog
  /** Resolves once everything is told or given up; each has a time limit. */
  readonly told: () => Promise<void>
}

/**
 * The same log, which tells the webhooks of the configuration what they are for once that is on disk.
 * Nobody waits for it, and nothing fails because of it: a webhook that fails is warned of and recorded.
 */
export function announcing(deps: AnnounceDeps): AnnouncingLog {
  const { audit } = deps
  const requests = new Map<string, AuditEvent>()
  const awaited = new Set<string>()
  const telling = new Set<Promise<void>>()
  const hear = (event: AuditEvent): void => {
    const id = event.elevationId ?? ''
    const isAwaited = awaited.has(id)
    if (event.event === 'elevation.requested') requests.set(id, event)
    if (event.state === 'pending-approval') awaited.add(id)
    const told = announcementOf(event, { requested: requests.get(id), isAwaited }, deps.now())
    if (told === undefined) return
    const done = tell(told, deps).finally(() => telling.delete(done))
    telling.add(done)
  }
  return {
    audit: {
      ...audit,
      append: async (event) => {
        const head = await audit.append(event)
        hear(event)
        return head
      },
    },
    told: async () => void (await Promise.all(telling)),
  }
}

async function tell(announcement: Announcement, deps: AnnounceDeps): Promise<void> {
  const { webhooks } = await deps.settings().catch((): Settings => ({ aliases: {}, targets: {} }))
  await Promise.all(
    Object.entries(webhooks ?? {}).map(([name, webhook]) =>
      tellOne(name, webhook, announcement, deps),
    ),
  )
}

async function tellOne(
  name: string,
  webhook: WebhookSettings,
  announcement: Announcement,
  deps: AnnounceDeps,
): Promise<void> {
  try {
    await postTo(name, webhook, announcement, deps)
  } catch (thrown) {
    const { code, message, provider } = asPimError(thrown)
    deps.warn(`webhook \`${printable(name)}\` was not told: ${printable(message)}`)
    const { elevationId, target } = announcement
    await deps.audit
      .append({
        event: 'webhook.failed',
        webhook: name,
        announced: announcement.event,
        ...(elevationId !== undefined && { elevationId }),
        ...(target !== undefined && { target }),
        error: { code, message, ...(provider !== undefined && { provider: { ...provider } }) },
      })
      .catch((error: unknown) => deps.warn(printable(asPimError(error).message)))
  }
}

/** Throws `unavailable` where it cannot be posted, or its address cannot be read. */
export async function postTo(
  name: string,
  { format, store }: WebhookSettings,
  announcement: Announcement,
  { stores, post }: Pick<AnnounceDeps, 'stores' | 'post'>,
): Promise<void> {
  const url = await stores.open(store).read(webhookKey(name))
  if (url === undefined) throw addressGone(name, store)
  await post(url, webhookMessage(format, announcement))
}

function addressGone(name: string, store: string): PimError {
  return new PimError('unavailable', 'webhook-unset', `its address is not in the ${store}`, {
    hint: `set \`${name}\` again with \`pim webhook set\``,
  })
}
