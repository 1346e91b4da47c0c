import type { EnumType, Model } from './csdl-model.ts'
import { isDate, isDateTime, isDuration, isGuid } from './primitives.ts'

interface Primitive {
  /** Whether a JSON value is one. */
  readonly isOne: (value: unknown) => boolean
  /** What it looks like in a URL. */
  readonly literal: RegExp
}

const quoted = /^'(?:[^']|'')*'$/
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/

const primitives: Readonly<Record<string, Primitive>> = {
  'Edm.String': { isOne: (value) => typeof value === 'string', literal: quoted },
  'Edm.Boolean': { isOne: (value) => typeof value === 'boolean', literal: /^(?:true|false)$/ },
  'Edm.Int32': { isOne: isInt32, literal: /^-?\d+$/ },
  'Edm.DateTimeOffset': { isOne: text(isDateTime), literal: time },
  'Edm.Date': { isOne: text(isDate), literal: /^\d{4}-\d\d-\d\d$/ },
  'Edm.Duration': { isOne: text(isDuration), literal: /^duration'[^']+'$/ },
  'Edm.Guid': { isOne: text(isGuid), literal: /^[\da-f-]{36}$/i },
}

/** What is wrong with a value of a primitive type, if something is. */
export function checkPrimitive(type: string, value: unknown): string | undefined {
  const primitive = primitives[type]
  if (primitive === undefined) return `${type} is no type that is known here`
  return primitive.isOne(value) ? undefined : `${JSON.stringify(value)} is no ${type}`
}

/** What is wrong with a member of an enumeration, if something is. */
export function checkMember({ name, members }: EnumType, value: unknown): string | undefined {
  if (typeof value === 'string' && members.includes(value)) return undefined
  return `${JSON.stringify(value)} is no ${name} (${members.join(', ')})`
}

/** What is wrong with a literal in a URL, if something is. */
export function checkLiteral(model: Model, type: string, literal: string): string | undefined {
  const described = model.types.get(type)
  if (described?.kind === 'enum') {
    return quoted.test(literal)
      ? checkMember(described, literal.slice(1, -1))
      : `${literal} is not in quotes`
  }
  const primitive = primitives[type]
  if (primitive === undefined) return `nothing can be compared with ${type}`
  return primitive.literal.test(literal) ? undefined : `${literal} is no literal of ${type}`
}

function text(isOne: (text: string) => boolean): (value: unknown) => boolean {
  return (value) => typeof value === 'string' && isOne(value)
}

function isInt32(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31
}
