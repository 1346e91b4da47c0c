import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { FindingsCache, KnownFindings } from '../../core/discovery-cache.ts'
import { providerIds } from '../../core/target.ts'
import { removePrivateFile, replacePrivateFile } from '../files/private-file.ts'
import { readPrivateFile } from '../files/private-file-read.ts'

const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.transform((text) => new Date(text)),
)

const Texts = v.record(v.string(), v.string())

const Known = v.object({
  configuration: v.string(),
  readAt: Time,
  identity: v.exactOptional(
    v.object({
      cloud: v.string(),
      tenant: v.string(),
      account: v.string(),
      name: v.string(),
      tenantName: v.exactOptional(v.string()),
    }),
  ),
  targets: v.array(
    v.object({
      provider: v.picklist(providerIds),
      path: v.string(),
      role: v.string(),
      scope: v.string(),
      scopeName: v.exactOptional(v.string()),
      displayNames: v.array(v.string()),
      eligibleUntil: v.exactOptional(Time),
      reference: v.exactOptional(Texts),
    }),
  ),
  active: v.array(
    v.object({
      path: v.string(),
      startsAt: Time,
      expiresAt: Time,
      accessEndsAt: v.exactOptional(Time),
      providerRequestId: v.exactOptional(v.string()),
      facts: Texts,
    }),
  ),
})

/**
 * One file for each provider in the cache folder, 0600 in a 0700 folder: names and ids, no secret. It
 * may be deleted at any time; what cannot be understood counts as absent.
 */
export function createFindingsCache(folder: string): FindingsCache {
  const pathOf = (provider: string): string => join(folder, `${provider}.json`)
  return {
    get: async (provider, configuration) => {
      const entry = read(pathOf(provider))
      return entry?.configuration === configuration ? entry : undefined
    },
    put: async (provider, configuration, known) => {
      const bytes = Buffer.from(JSON.stringify({ configuration, ...known }))
      await replacePrivateFile(pathOf(provider), bytes)
    },
    drop: async (provider) => {
      await removePrivateFile(pathOf(provider))
    },
  }
}

/** Forgets everything that was found, as when somebody else signs in. */
export async function forgetFindings(folder: string): Promise<void> {
  for (const name of fileNames(folder)) await removePrivateFile(join(folder, name))
}

function fileNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'))
  } catch {
    return []
  }
}

function read(path: string): (KnownFindings & { readonly configuration: string }) | undefined {
  try {
    const parsed = v.safeParse(Known, JSON.parse(String(readPrivateFile(path))))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}
