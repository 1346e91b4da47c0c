import type { AuditLog } from '../core/audit/audit.ts'
import type { AnnounceDeps, AnnouncingLog } from '../flows/record/webhooks.ts'
import type { Host } from './host.ts'

interface Announcing {
  readonly audit: AuditLog
  /** Resolves once everybody is told, or given up. */
  readonly told: () => Promise<void>
  /** Gives webhooks this long from now on, all together, and not what they have as a rule. */
  readonly tellWithin: (milliseconds: number) => void
}

const webhookMs = 5000
const leastMs = 100

/** The log, which tells webhooks of what it has written. `pim credentials` writes what is nobody's business. */
export function lazyAnnouncing(
  log: AuditLog,
  env: Host['env'],
  deps: Omit<AnnounceDeps, 'audit' | 'post'>,
): Announcing {
  let loaded: Promise<AnnouncingLog> | undefined
  let end = Number.POSITIVE_INFINITY
  const left = (): number =>
    Math.round(Math.max(leastMs, Math.min(webhookMs, end - performance.now())))
  const load = async (): Promise<AnnouncingLog> => {
    const { announcing } = await import('../flows/record/webhooks.ts')
    return announcing({ ...deps, audit: log, post: webhookPost(env, left) })
  }
  return {
    audit: {
      ...log,
      append: async (event) => {
        if (event.event === 'credentials.issued') return log.append(event)
        loaded ??= load()
        return (await loaded).audit.append(event)
      },
    },
    told: async () => (await loaded)?.told(),
    tellWithin: (milliseconds) => {
      end = performance.now() + milliseconds
    },
  }
}

/** Posts to a webhook, within seconds. */
export function webhookPost(
  env: Host['env'],
  limit: () => number = () => webhookMs,
): AnnounceDeps['post'] {
  return async (url, body) => {
    const { postToWebhook } = await import('../system/process/webhook-post.ts')
    await postToWebhook(url, body, { env, timeoutMs: limit() })
  }
}
