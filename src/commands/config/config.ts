import { PimError } from '../../core/errors.ts'
import { partsOfKey, settingKeys } from '../../core/settings/setting-keys.ts'
import { printable } from '../../core/printable.ts'
import { formatTarget } from '../../core/target.ts'
import type { Deps } from '../../deps/deps.ts'
import { resolveTargets } from '../../flows/discover/resolve-targets.ts'

type Document = Readonly<Record<string, unknown>>

/** `pim config path` */
export function configPathCommand({ io, folders }: Deps): number {
  if (io.wantsJson) io.json({ schema: 'pim.path/v1', path: folders.configFile })
  else io.out(folders.configFile)
  return 0
}

/** `pim config list`: every setting, one a line. */
export async function configListCommand(deps: Deps): Promise<number> {
  const document = await deps.configDocument()
  if (deps.io.wantsJson) {
    deps.io.json({ schema: 'pim.config/v1', config: document })
    return 0
  }
  if (Object.keys(document).length === 0) deps.io.note('nothing is set')
  for (const [key, value] of flatten(document)) deps.io.out(`${printable(key)}=${shown(value)}`)
  return 0
}

/** `pim config get KEY`: exit code 2 where it is not set. */
export async function configGetCommand(key: string, deps: Deps): Promise<number> {
  const value = read(await deps.configDocument(), parseKey(key))
  if (value === undefined) {
    throw new PimError('usage', 'not-set', `\`${key}\` is not set`, {
      hint: '`pim config list` shows what is',
    })
  }
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.config/v1', key, value })
  else deps.io.out(shown(value))
  return 0
}

/** `pim config set KEY VALUE` */
export async function configSetCommand(key: string, value: string, deps: Deps): Promise<number> {
  const path = await canonical(parseKey(key), deps)
  await deps.changeConfig((document) => write(document, path, value))
  deps.io.note(`set \`${printable(path.join('.'))}\` to ${printable(value)}`)
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.config/v1', key: path.join('.'), value })
  return 0
}

/** `pim config unset KEY`: no error where it is not set. */
export async function configUnsetCommand(key: string, deps: Deps): Promise<number> {
  const path = await canonical(parseKey(key), deps)
  await deps.changeConfig((document) => write(document, path, undefined))
  deps.io.note(`unset \`${printable(path.join('.'))}\``)
  if (deps.io.wantsJson) deps.io.json({ schema: 'pim.config/v1', key: path.join('.') })
  return 0
}

type Key = NonNullable<ReturnType<typeof partsOfKey>>

function parseKey(text: string): Key {
  const key = partsOfKey(text)
  if (key !== undefined) return key
  const all = settingKeys.map(({ key: name, values }) =>
    typeof values === 'string' ? name : `${name} (${values.join(', ')})`,
  )
  throw new PimError('usage', 'unknown-setting', `there is no setting \`${printable(text)}\``, {
    hint: `there are ${all.join('; ')}. Aliases are set with \`pim alias\``,
  })
}

/** Settings are kept under the target's own spelling, by which they are looked up. */
async function canonical(key: Key, deps: Deps): Promise<Key> {
  const [, target, setting] = key
  if (target === undefined || setting === undefined) return key
  const [found] = await resolveTargets([target], deps)
  return found === undefined ? key : ['targets', formatTarget(found), setting]
}

function read(document: Document, key: readonly string[]): unknown {
  return key.reduce<unknown>(
    (value, part) => (isRecord(value) && Object.hasOwn(value, part) ? value[part] : undefined),
    document,
  )
}

/** A copy with one entry set, or taken away with what it leaves empty. */
function write(
  document: Document,
  [part = '', ...rest]: readonly string[],
  value: string | undefined,
): Document {
  const { [part]: old, ...others } = document
  if (rest.length === 0) return value === undefined ? others : { ...others, [part]: value }
  const inner = write(isRecord(old) ? old : {}, rest, value)
  return Object.keys(inner).length === 0 ? others : { ...others, [part]: inner }
}

function flatten(document: Document, prefix = ''): readonly (readonly [string, unknown])[] {
  return Object.entries(document).flatMap(([key, value]) =>
    isRecord(value) ? flatten(value, `${prefix}${key}.`) : [[`${prefix}${key}`, value] as const],
  )
}

function isRecord(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(',')
  return printable(typeof value === 'string' ? value : JSON.stringify(value))
}
