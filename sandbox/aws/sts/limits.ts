import { validationError } from '../server/error.ts'
import type { StsError } from '../server/error.ts'

/** What STS accepts in a text parameter. A secret one is not repeated in the error. */
export interface TextLimits {
  readonly min: number
  readonly max: number
  readonly pattern?: string
  readonly secret?: boolean
}

export interface NumberLimits {
  readonly min: number
  readonly max: number
}

const word = '[\\w+=,.@-]*'
const tagCharacters = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'
const policyCharacters = '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'

/** The limits of the official service model, version 2011-06-15. */
export const limits = {
  arn: { min: 20, max: 2048 },
  roleSessionName: { min: 2, max: 64, pattern: word },
  sourceIdentity: { min: 2, max: 64, pattern: word },
  externalId: { min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' },
  serialNumber: { min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' },
  tokenCode: { min: 6, max: 6, pattern: '[\\d]*' },
  tagKey: { min: 1, max: 128, pattern: `${tagCharacters}+` },
  tagValue: { min: 0, max: 256, pattern: `${tagCharacters}*` },
  policy: { min: 1, max: Infinity, pattern: policyCharacters },
  webIdentityPolicy: { min: 1, max: 2048, pattern: policyCharacters },
  webIdentityToken: { min: 4, max: 20_000, secret: true },
  providerId: { min: 4, max: 2048 },
  contextAssertion: { min: 4, max: 2048 },
} as const satisfies Record<string, TextLimits>

export const numberLimits = {
  roleDuration: { min: 900, max: 43_200 },
  sessionDuration: { min: 900, max: 129_600 },
} as const satisfies Record<string, NumberLimits>

export const listLimits = { tags: 50, transitiveTagKeys: 50, policyArns: 10, providedContexts: 5 }

/** Reads the parameters of one call and gathers everything wrong with them, as STS does. */
export interface ParameterReader {
  readonly required: (name: string, rules: TextLimits, place?: string) => string
  readonly optional: (name: string, rules: TextLimits, place?: string) => string | undefined
  readonly integer: (name: string, rules: NumberLimits) => number | undefined
  /** Reads `Name.member.1`, `Name.member.2` … with `read`, which gets the prefix and the place. */
  readonly list: <T>(name: string, most: number, read: ReadMember<T>) => T[]
  /** Throws the one ValidationError that names every fault found so far. */
  readonly finish: () => void
}

type ReadMember<T> = (prefix: string, place: string) => T

export function createParameterReader(form: URLSearchParams): ParameterReader {
  const faults: string[] = []
  const fault = (value: string, place: string, constraint: string | undefined) => {
    if (constraint === undefined) return
    const where = camelCase(place)
    faults.push(`${value} at '${where}' failed to satisfy constraint: ${constraint}`)
  }
  const optional = (name: string, rules: TextLimits, place = name) => {
    const value = form.get(name) ?? undefined
    if (value === undefined) return undefined
    fault(
      rules.secret === true ? 'Value' : `Value '${value}'`,
      place,
      brokenTextLimit(value, rules),
    )
    return value
  }
  return {
    optional,
    required(name, rules, place = name) {
      if (!form.has(name)) fault('Value null', place, 'Member must not be null')
      return optional(name, rules, place) ?? ''
    },
    integer(name, rules) {
      const text = form.get(name)
      if (text === null) return undefined
      fault(`Value '${text}'`, name, brokenNumberLimit(text, rules))
      return Number(text)
    },
    list(name, most, read) {
      const members = memberNumbers(form, name)
      const tooMany = `Member must have length less than or equal to ${most}`
      fault('Value', name, members.length > most ? tooMany : undefined)
      return members.map((number) => read(`${name}.member.${number}`, `${name}.${number}.member`))
    },
    finish() {
      if (faults.length > 0) throw summary(faults)
    },
  }
}

function memberNumbers(form: URLSearchParams, name: string): number[] {
  const prefix = `${name}.member.`
  const numbers = [...form.keys()]
    .filter((key) => key.startsWith(prefix))
    .map((key) => Number.parseInt(key.slice(prefix.length), 10))
    .filter((number) => number > 0)
  return [...new Set(numbers)].toSorted((one, other) => one - other)
}

function summary(faults: readonly string[]): StsError {
  const count = faults.length
  const detected = `${count} validation error${count === 1 ? '' : 's'} detected`
  return validationError(`${detected}: ${faults.join('; ')}`)
}

function brokenTextLimit(value: string, { min, max, pattern }: TextLimits): string | undefined {
  if (value.length < min) return `Member must have length greater than or equal to ${min}`
  if (value.length > max) return `Member must have length less than or equal to ${max}`
  if (pattern === undefined || new RegExp(`^${pattern}$`, 'u').test(value)) return undefined
  return `Member must satisfy regular expression pattern: ${pattern}`
}

function brokenNumberLimit(text: string, { min, max }: NumberLimits): string | undefined {
  if (!/^-?\d{1,10}$/.test(text)) return 'Member must be an integer'
  if (Number(text) < min) return `Member must have value greater than or equal to ${min}`
  if (Number(text) > max) return `Member must have value less than or equal to ${max}`
  return undefined
}

function camelCase(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}
