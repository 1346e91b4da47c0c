import { checkMember, checkPrimitive } from './csdl-values.ts'
import { isKindOf, withoutNamespace } from './csdl-model.ts'
import type { Model, Property, StructuredType, TypeReference } from './csdl-model.ts'
import { isObject } from './exchange.ts'
import type { Problems } from './exchange.ts'
import { computed } from './graph-facts.ts'

/** Which properties of an answer were asked for; `select` is undefined where all are. */
export interface Shape {
  readonly select: ReadonlySet<string> | undefined
  readonly expand: ReadonlyMap<string, Shape>
}

/** Whose word a body is, and the shape it was asked for; a request has none. */
export type Role = { readonly side: 'request' } | { readonly side: 'answer'; readonly shape: Shape }

export const wholeShape: Shape = { select: undefined, expand: new Map() }

/** Holds a value against a type. */
export function checkValue(
  model: Model,
  type: TypeReference,
  value: unknown,
  at: string,
  role: Role,
): Problems {
  if (type.isCollection) {
    if (!Array.isArray(value)) return [`${at}: is no list`]
    const item = { ...type, isCollection: false }
    return value.flatMap((one, index) => checkValue(model, item, one, `${at}/${index}`, role))
  }
  if (type.name.startsWith('Edm.')) return sentence(at, checkPrimitive(type.name, value))
  const described = model.types.get(type.name)
  if (described === undefined) return [`${at}: ${type.name} is not described`]
  if (described.kind === 'enum') {
    // It stands for members that a client is too old to know.
    if (role.side === 'request' && value === 'unknownFutureValue') return [`${at}: cannot be sent`]
    return sentence(at, checkMember(described, value))
  }
  return isObject(value) ? checkThing(model, described, value, at, role) : [`${at}: is no object`]
}

function sentence(at: string, problem: string | undefined): Problems {
  return problem === undefined ? [] : [`${at}: ${problem}`]
}

type Thing = Readonly<Record<string, unknown>>

function checkThing(
  model: Model,
  declared: StructuredType,
  thing: Thing,
  at: string,
  role: Role,
): Problems {
  const type = findType(model, declared, thing['@odata.type'])
  if (typeof type === 'string') return [`${at}: ${type}`]
  return [
    ...Object.entries(thing).flatMap(([name, value]) => {
      const property = type.properties.get(name)
      const where = `${at}/${name}`
      if (property !== undefined) return checkProperty(model, type, property, value, where, role)
      return sentence(where, checkUnknown(type, name, role))
    }),
    ...(role.side === 'answer' ? missingFrom(thing, type, role.shape, at) : []),
  ]
}

function findType(model: Model, declared: StructuredType, named: unknown): StructuredType | string {
  if (named === undefined) {
    return declared.isAbstract ? `${declared.name} is abstract and needs an @odata.type` : declared
  }
  if (typeof named !== 'string' || !named.startsWith('#microsoft.graph.')) {
    return `${JSON.stringify(named)} is no @odata.type`
  }
  const type = model.types.get(withoutNamespace(named.slice(1)))
  if (type === undefined || type.kind === 'enum') return `${named} is not described`
  if (!isKindOf(model, type.name, declared.name)) return `${named} is no ${declared.name}`
  return type.isAbstract ? `${named} is abstract` : type
}

function checkProperty(
  model: Model,
  type: StructuredType,
  property: Property,
  value: unknown,
  at: string,
  role: Role,
): Problems {
  if (role.side === 'request') {
    if (property.isNavigation) return [`${at}: cannot be sent along`]
    if (isComputed(model, type, property.name)) return [`${at}: is set by the service`]
  }
  if (value === null) {
    return property.isNullable && !property.type.isCollection ? [] : [`${at}: is not nullable`]
  }
  if (!property.isNavigation || role.side === 'request') {
    return checkValue(model, property.type, value, at, role)
  }
  const shape = role.shape.expand.get(property.name)
  if (shape === undefined) return [`${at}: was not asked for by $expand`]
  return checkValue(model, property.type, value, at, { side: 'answer', shape })
}

function isComputed(model: Model, type: StructuredType, name: string): boolean {
  return Object.entries(computed).some(
    ([base, names]) => names.includes(name) && isKindOf(model, type.name, base),
  )
}

function checkUnknown(type: StructuredType, name: string, role: Role): string | undefined {
  const [of = '', annotation] = name.split('@odata.')
  if (annotation !== undefined && (of === '' || type.properties.has(of))) {
    return role.side === 'answer' || name === '@odata.type' ? undefined : 'cannot be sent'
  }
  return type.isOpen ? undefined : `is unknown to ${type.name}`
}

function missingFrom(thing: Thing, type: StructuredType, shape: Shape, at: string): Problems {
  return (
    [...type.properties.values()]
      // Of a collection it is the items that are not nullable.
      .filter(({ type: { isCollection }, isNullable }) => !isCollection && !isNullable)
      .filter(({ name }) => shape.select?.has(name) !== false)
      .filter(({ name }) => !(name in thing))
      .map(({ name }) => `${at}/${name}: is missing`)
  )
}
