import { XMLParser } from 'fast-xml-parser'

/** A type by name, without the namespace of Graph: `Edm.String`, `approval`. */
export interface TypeReference {
  readonly name: string
  readonly isCollection: boolean
}

export interface Property {
  readonly name: string
  readonly type: TypeReference
  readonly isNullable: boolean
  readonly isNavigation: boolean
}

export interface StructuredType {
  readonly kind: 'entity' | 'complex'
  readonly name: string
  readonly base: string | undefined
  readonly isAbstract: boolean
  readonly isOpen: boolean
  /** Its own and the inherited ones. */
  readonly properties: ReadonlyMap<string, Property>
}

export interface EnumType {
  readonly kind: 'enum'
  readonly name: string
  readonly members: readonly string[]
}

/** An action or a function, bound to its first parameter. */
export interface Bound {
  readonly kind: 'action' | 'function'
  readonly name: string
  readonly binding: TypeReference
  readonly parameters: readonly Omit<Property, 'isNavigation'>[]
  readonly returns: TypeReference | undefined
}

export interface Model {
  readonly types: ReadonlyMap<string, StructuredType | EnumType>
  readonly bound: readonly Bound[]
}

type Attributes = Readonly<Record<string, string>>

interface Element extends Record<string, unknown> {
  readonly Property?: readonly Attributes[]
  readonly NavigationProperty?: readonly Attributes[]
  readonly Parameter?: readonly Attributes[]
  readonly ReturnType?: readonly Attributes[]
  readonly Member?: readonly Attributes[]
}

/** Reads the types, actions and functions of CSDL schemas; where two have a type, the first one's holds. */
export function parseModel(...schemas: readonly string[]): Model {
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    isArray: (name, _path, _isLeaf, isAttribute) =>
      !isAttribute && name !== 'Schema' && name !== 'Key',
  })
  const roots = schemas.map((xml) => (parser.parse(xml) as { Schema: Element }).Schema)
  const elements = (name: string) =>
    roots.flatMap((root) => (root[name] ?? []) as readonly Element[])
  const enums = elements('EnumType').map(readEnum)
  const structured = readStructured(elements('EntityType'), elements('ComplexType'))
  return {
    types: new Map([...enums, ...structured].toReversed().map((type) => [type.name, type])),
    bound: [
      ...elements('Action').map((element) => readBound('action', element)),
      ...elements('Function').map((element) => readBound('function', element)),
    ],
  }
}

/** Whether a type is another one or extends it. */
export function isKindOf(model: Model, name: string, ancestor: string): boolean {
  if (name === ancestor) return true
  const type = model.types.get(name)
  if (type === undefined || type.kind === 'enum' || type.base === undefined) return false
  return isKindOf(model, type.base, ancestor)
}

function readEnum(element: Element): EnumType {
  const members = (element.Member ?? []).map(({ Name = '' }) => Name)
  return { kind: 'enum', name: String(element['Name']), members }
}

function readStructured(
  entities: readonly Element[],
  complexes: readonly Element[],
): readonly StructuredType[] {
  const all = [...entities, ...complexes]
  const propertiesOf = (element: Element): readonly [string, Property][] => {
    const base = all.find(({ Name }) => Name === baseOf(element))
    const own = [
      ...(element.Property ?? []).map((property) => readProperty(property, false)),
      ...(element.NavigationProperty ?? []).map((property) => readProperty(property, true)),
    ]
    const inherited = base === undefined ? [] : propertiesOf(base)
    return [...inherited, ...own.map((property): [string, Property] => [property.name, property])]
  }
  return all.map((element) => ({
    kind: entities.includes(element) ? 'entity' : 'complex',
    name: String(element['Name']),
    base: baseOf(element),
    isAbstract: element['Abstract'] === 'true',
    isOpen: element['OpenType'] === 'true',
    properties: new Map(propertiesOf(element)),
  }))
}

function baseOf(element: Element): string | undefined {
  const base = element['BaseType']
  return typeof base === 'string' ? withoutNamespace(base) : undefined
}

function readProperty(attributes: Attributes, isNavigation: boolean): Property {
  return { ...readParameter(attributes), isNavigation }
}

function readParameter({
  Name = '',
  Type = '',
  Nullable,
}: Attributes): Omit<Property, 'isNavigation'> {
  return { name: Name, type: readType(Type), isNullable: Nullable !== 'false' }
}

function readBound(kind: Bound['kind'], element: Element): Bound {
  const [binding, ...parameters] = (element.Parameter ?? []).map(readParameter)
  const name = String(element['Name'])
  if (binding === undefined) throw new Error(`${name} is bound to nothing`)
  const returns = element.ReturnType?.[0]?.['Type']
  return {
    kind,
    name,
    binding: binding.type,
    parameters,
    returns: returns === undefined ? undefined : readType(returns),
  }
}

function readType(text: string): TypeReference {
  const inside = /^Collection\((?<inside>.+)\)$/.exec(text)?.groups?.['inside']
  return { name: withoutNamespace(inside ?? text), isCollection: inside !== undefined }
}

/** A name as this model has it: without `graph.` or `microsoft.graph.`. */
export function withoutNamespace(name: string): string {
  return name.replace(/^(microsoft\.)?graph\./, '')
}
