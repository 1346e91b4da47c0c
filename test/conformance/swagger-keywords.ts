import type { Ajv, ErrorObject } from 'ajv'

import { isObject } from './exchange.ts'
import { isDateTime } from './primitives.ts'

/** Teaches a validator the formats and the rules that JSON Schema has no word for. */
export function addSwaggerKeywords(ajv: Ajv): void {
  ajv.addFormat('date-time', isDateTime)
  ajv.addFormat('int32', { type: 'number', validate: isInt32 })
  ajv.addKeyword({
    keyword: 'knownValues',
    schemaType: 'object',
    type: 'string',
    validate: checkValue,
    errors: true,
  })
  ajv.addKeyword({
    keyword: 'exactNames',
    schemaType: 'array',
    type: 'object',
    validate: checkNames,
    errors: true,
  })
  ajv.addKeyword({
    keyword: 'readOnlyHere',
    schemaType: 'boolean',
    validate: () => false,
    error: { message: 'is read-only and cannot be sent' },
  })
}

interface KnownValues {
  readonly values: readonly string[]
  readonly isOpen: boolean
}

function checkValue({ values, isOpen }: KnownValues, value: string): boolean {
  if (values.includes(value)) return true
  const meant = sameButCase(values, value)
  if (meant === undefined && isOpen) return true
  const message = meant === undefined ? `is none of ${values.join(', ')}` : `is to be ${meant}`
  checkValue.errors = [{ keyword: 'knownValues', message: `${value} ${message}` }]
  return false
}
checkValue.errors = [] as Partial<ErrorObject>[]

function checkNames(names: readonly string[], value: object): boolean {
  const wrong = Object.keys(value).flatMap((name) => {
    const meant = names.includes(name) ? undefined : sameButCase(names, name)
    return meant === undefined
      ? []
      : [{ keyword: 'exactNames', message: `${name} is to be ${meant}` }]
  })
  checkNames.errors = wrong
  return wrong.length === 0
}
checkNames.errors = [] as Partial<ErrorObject>[]

function sameButCase(known: readonly string[], text: string): string | undefined {
  return known.find((one) => one.toLowerCase() === text.toLowerCase())
}

function isInt32(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) <= 2 ** 31 - 1
}

/** A sentence for one finding. */
export function describeError({ instancePath, message, params, keyword }: ErrorObject): string {
  const extra: unknown = isObject(params) ? params['additionalProperty'] : undefined
  const what = keyword === 'additionalProperties' ? `${String(extra)} is unknown` : String(message)
  return `${instancePath === '' ? 'body' : instancePath}: ${what}`
}
