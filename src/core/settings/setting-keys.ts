import { azureClouds, insistences, noticeWays, storeChoices } from './settings.ts'

/** A setting as it is named on a command line, and what it may be. */
export interface SettingKey {
  /** `<target>` in it stands for any. */
  readonly key: string
  /** Every value there is, or what a value looks like. */
  readonly values: readonly string[] | string
}

/** The settings that `pim config` reads and changes; aliases have commands of their own. */
export const settingKeys: readonly SettingKey[] = [
  { key: 'duration', values: 'as in 45m' },
  { key: 'credentialStore', values: storeChoices },
  { key: 'azure.clientId', values: "an application's id" },
  { key: 'azure.tenant', values: "a tenant's id or domain" },
  { key: 'azure.cloud', values: azureClouds },
  { key: 'notice.before', values: 'as in 5m, or off' },
  { key: 'notice.by', values: noticeWays },
  { key: 'targets.<target>.duration', values: 'as in 45m' },
  { key: 'targets.<target>.sessionTags', values: insistences },
  { key: 'targets.<target>.sourceIdentity', values: insistences },
]

/** The parts of a key as it was typed; undefined where there is no such setting. A target itself may hold dots. */
export function partsOfKey(
  text: string,
):
  | readonly [string]
  | readonly [string, string]
  | readonly ['targets', string, string]
  | undefined {
  const [, target, setting] = /^targets\.(.+)\.([^.]+)$/.exec(text) ?? []
  if (target !== undefined && setting !== undefined) {
    return known(`targets.<target>.${setting}`) ? ['targets', target, setting] : undefined
  }
  if (!known(text)) return undefined
  const [first = '', second] = text.split('.')
  return second === undefined ? [first] : [first, second]
}

/** The values that a setting may have, where they are few. */
export function choicesOf(text: string): readonly string[] {
  const [group, , setting] = partsOfKey(text) ?? []
  const key = setting === undefined ? text : `${group}.<target>.${setting}`
  const values = settingKeys.find((one) => one.key === key)?.values ?? ''
  return typeof values === 'string' ? [] : values
}

/** Every key with its values, a line each: `azure.cloud  public, usgov, china`. */
export function describeSettings(): readonly string[] {
  const width = Math.max(...settingKeys.map(({ key }) => key.length))
  return settingKeys.map(
    ({ key, values }) =>
      `${key.padEnd(width)}  ${typeof values === 'string' ? values : values.join(', ')}`,
  )
}

function known(key: string): boolean {
  return settingKeys.some((one) => one.key === key)
}
