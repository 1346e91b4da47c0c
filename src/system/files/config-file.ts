import { readFileSync, statSync } from 'node:fs'
import * as v from 'valibot'
import { parseDuration, type Duration } from '../../core/time/duration.ts'
import { storeNames } from '../../core/store-item.ts'
import { asPimError, PimError } from '../../core/errors.ts'
import {
  azureClouds,
  noticeWays,
  storeChoices,
  type Settings,
} from '../../core/settings/settings.ts'
import { webhookFormats } from '../../core/webhook/webhook.ts'
import { parseTargetText } from '../../core/target.ts'
import { problemWith } from './private-file-read.ts'

const DurationText = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): Duration => {
    try {
      return parseDuration(dataset.value)
    } catch {
      addIssue({ message: 'is not a length of time such as 45m or 1h30m' })
      return NEVER
    }
  }),
)

const TargetText = v.pipe(
  v.string(),
  v.check((text) => isTarget(text), 'is not a target such as aws:prod-admin'),
)

const Insistence = v.picklist(['try', 'require', 'off'], 'is none of try, require and off')

const TargetEntry = v.strictObject({
  duration: v.exactOptional(DurationText),
  sessionTags: v.exactOptional(Insistence),
  sourceIdentity: v.exactOptional(Insistence),
})

const name = v.pipe(v.string(), v.regex(/^[\w.-]{1,253}$/, 'is neither an id nor a domain'))

const AzureEntry = v.strictObject({
  clientId: v.exactOptional(name),
  tenant: v.exactOptional(name),
  cloud: v.exactOptional(v.picklist(azureClouds, `is none of ${azureClouds.join(', ')}`)),
})

const NoticeEntry = v.strictObject({
  before: v.exactOptional(
    v.union([v.literal('off'), DurationText], 'is neither off nor a length of time such as 5m'),
  ),
  by: v.exactOptional(v.picklist(noticeWays, `is none of ${noticeWays.join(', ')}`)),
})

const WebhookEntry = v.strictObject({
  format: v.picklist(webhookFormats, `is none of ${webhookFormats.join(', ')}`),
  store: v.picklist(storeNames, `is none of ${storeNames.join(', ')}`),
})

const aliasName = /^[\w][\w.-]{0,63}$/

const File = v.strictObject({
  duration: v.exactOptional(DurationText),
  credentialStore: v.exactOptional(
    v.picklist(storeChoices, `is none of ${storeChoices.join(', ')}`),
  ),
  azure: v.exactOptional(AzureEntry),
  notice: v.exactOptional(NoticeEntry),
  webhooks: v.exactOptional(
    v.record(
      v.pipe(v.string(), v.regex(aliasName, 'is not a name of letters, digits, dots and hyphens')),
      WebhookEntry,
    ),
  ),
  aliases: v.optional(
    v.record(
      v.pipe(v.string(), v.regex(aliasName, 'is not a name of letters, digits, dots and hyphens')),
      v.pipe(v.array(TargetText), v.minLength(1, 'names no target')),
    ),
    {},
  ),
  targets: v.optional(v.record(TargetText, TargetEntry), {}),
})

/** The file as it is written, before it is read into `Settings`. */
export type ConfigDocument = Readonly<Record<string, unknown>>

/** Reads the settings; without a file they are empty. Throws `usage` naming the entry that is wrong. */
export async function readSettings(path: string): Promise<Settings> {
  return understand(await readDocument(path), (why) => unusable(path, `is wrong: ${why}`))
}

/** The file's JSON object; empty where there is no file. */
export async function readDocument(path: string): Promise<ConfigDocument> {
  const text = readText(path)
  if (text === undefined) return {}
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  // No record of the library's: it leaves out what has one of its reserved names, and says nothing.
  if (!parsed.success || !isObject(parsed.output)) throw unusable(path, 'is not a JSON object')
  return parsed.output
}

const largestFile = 1024 * 1024

/** A link is followed, as people link their dotfiles; a pipe or a device is not waited for. */
function readText(path: string): string | undefined {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return undefined
    if (found.isFile() && found.size <= largestFile) return readFileSync(path, 'utf8')
  } catch (error) {
    const { why, hint: help, isForeign } = problemWith(path, error)
    throw unusable(path, `cannot be read: ${why}`, isForeign ? help : fixIt)
  }
  throw unusable(path, 'is not a file of settings')
}

/** Checks a whole document; what is wrong with it is said of its entry. */
function understand(document: ConfigDocument, refuse: (why: string) => PimError): Settings {
  const reserved = findReserved(document)
  if (reserved !== undefined) throw refuse(`\`${reserved}\` is a name that cannot be kept`)
  const parsed = v.safeParse(File, document)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const entry = v.getDotPath(issue) ?? ''
  const why = issue.type === 'strict_object' ? 'is not a setting' : issue.message
  throw refuse(`\`${entry}\` ${why}`)
}

const reservedNames = ['__proto__', 'prototype', 'constructor']

/** The first key, with what leads to it, that every object has from JavaScript already. */
function findReserved(value: unknown, prefix = ''): string | undefined {
  if (!isObject(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    if (reservedNames.includes(key)) return `${prefix}${key}`
    const found = findReserved(inner, `${prefix}${key}.`)
    if (found !== undefined) return found
  }
  return undefined
}

function isObject(value: unknown): value is ConfigDocument {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Writes the whole document, 0600, in one replacement. Throws `usage` for what could not be read back. */
export async function writeDocument(path: string, document: ConfigDocument): Promise<void> {
  understand(document, (why) => new PimError('usage', 'invalid-setting', why, { hint }))
  const { replaceLinkedFile } = await import('./private-file.ts')
  const text = `${JSON.stringify(document, undefined, '\t')}\n`
  await replaceLinkedFile(path, Buffer.from(text)).catch((cause: unknown) => {
    const { why, hint: help } = problemWith(path, asPimError(cause).cause)
    const message = `the configuration ${path} cannot be written, and stays as it was: ${why}`
    throw new PimError('unavailable', 'config-unwritable', message, { hint: help, cause })
  })
}

const fixIt = 'fix the file, or use another with `--config`'

const hint = 'nothing was changed; see `pim config set --help` and `pim alias set --help`'

function isTarget(text: string): boolean {
  try {
    parseTargetText(text)
    return true
  } catch {
    return false
  }
}

function unusable(path: string, why: string, help = fixIt): PimError {
  return new PimError('usage', 'config-invalid', `the configuration ${path} ${why}`, { hint: help })
}
