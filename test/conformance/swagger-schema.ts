import { Ajv } from 'ajv'
import type { ErrorObject, SchemaObject, ValidateFunction } from 'ajv'

import { isObject } from './exchange.ts'
import { addSwaggerKeywords } from './swagger-keywords.ts'
import { nodeAt } from './swagger-documents.ts'
import type { Documents, Node, Place } from './swagger-documents.ts'

/** Whose word it is: requests are held to more than answers, which may say more than is described. */
export type Side = 'request' | 'answer'

/** Validates bodies of one side against schemas of the documents. */
export interface Schemas {
  readonly validate: (schema: Node, file: string, body: unknown) => readonly ErrorObject[]
}

/**
 * Turns Swagger 2.0 schemas into JSON Schema. Null is allowed where `x-nullable` says so. In requests
 * objects are closed, what is read-only is refused and the listed values are the only ones; in
 * answers more may come, but no known name or value in another casing.
 */
export function createSchemas(documents: Documents, side: Side): Schemas {
  const ajv = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true })
  addSwaggerKeywords(ajv)
  const converter = createConverter(documents, side, (id, schema) => {
    if (ajv.getSchema(id) === undefined) ajv.addSchema(schema, id)
  })
  const compiled = new Map<Node, ValidateFunction>()
  return {
    validate: (schema, file, body) => {
      const validator = compiled.get(schema) ?? ajv.compile(converter(schema, file))
      compiled.set(schema, validator)
      validator(body)
      // What made an `if` fail is reported by itself.
      return (validator.errors ?? []).filter(({ keyword }) => keyword !== 'if')
    },
  }
}

type Convert = (schema: Node, file: string) => SchemaObject

function createConverter(
  documents: Documents,
  side: Side,
  define: (id: string, schema: SchemaObject) => void,
): Convert {
  const begun = new Set<string>()
  const refer = (place: Place): SchemaObject => {
    const id = `spec:/${side}/${place.name.replaceAll('/', '.')}`
    if (!begun.has(id)) {
      begun.add(id)
      define(id, convertDefinition(place))
    }
    return { $ref: id }
  }
  const convertDefinition = (place: Place): SchemaObject => {
    const plain = convertPlain(place.node, place.file)
    const discriminator = place.node['discriminator']
    if (typeof discriminator !== 'string') return plain
    const kinds = kindsOf(place, documents)
    const isOneOf = (names: readonly string[]): SchemaObject => ({
      type: 'object',
      required: [discriminator],
      properties: { [discriminator]: { enum: names } },
    })
    return {
      allOf: [
        ...kinds.map((kind) => ({ if: { not: isOneOf([nameOf(kind)]) }, else: refer(kind) })),
        // The kinds are open: an unknown one is held to what all have in common.
        { if: isOneOf(kinds.map(nameOf)), else: plain },
      ],
    }
  }
  const convert: Convert = (node, file) => {
    const reference = node['$ref']
    if (typeof reference !== 'string') return convertPlain(node, file)
    const schema = refer(documents.resolve(reference, file))
    return node['x-nullable'] === true ? { if: { type: 'null' }, else: schema } : schema
  }
  const convertPlain: Convert = (node, file) => {
    const isOfObject = node['type'] === 'object' || 'properties' in node || 'allOf' in node
    const type = isOfObject ? 'object' : String(node['type'])
    return {
      type: node['x-nullable'] === true ? [type, 'null'] : type,
      ...(typeof node['format'] === 'string' && { format: node['format'] }),
      ...(Array.isArray(node['enum']) && {
        knownValues: { values: node['enum'], isOpen: isOpen(node, side) },
      }),
      ...(isObject(node['items']) && { items: convert(node['items'], file) }),
      ...(isOfObject && convertObject(node, file)),
    }
  }
  const convertObject = (node: Node, file: string): SchemaObject => {
    const { properties, required } = flatten(node, file, documents)
    // An object without a description of its inside may hold anything.
    if (properties.size === 0) return {}
    const schemas = [...properties].map(([name, property]): [string, SchemaObject] => [
      name,
      side === 'request' && isReadOnly(property, documents)
        ? { readOnlyHere: true }
        : convert(property.node, property.file),
    ])
    return {
      properties: Object.fromEntries(schemas),
      required,
      ...(side === 'request'
        ? { additionalProperties: false }
        : { exactNames: [...properties.keys()] }),
    }
  }
  return convert
}

interface Flat {
  readonly properties: ReadonlyMap<string, Place>
  readonly required: readonly string[]
}

/** The properties of an object with those of everything it extends. */
function flatten(node: Node, file: string, documents: Documents): Flat {
  const bases = (Array.isArray(node['allOf']) ? node['allOf'] : []).map((base: Node) => {
    const place = documents.resolve(String(base['$ref']), file)
    return flatten(place.node, place.file, documents)
  })
  const own = Object.entries(nodeAt(node, 'properties')).map(
    ([name, property]): [string, Place] => [name, { file, node: property as Node, name }],
  )
  const required = (Array.isArray(node['required']) ? node['required'] : []) as readonly string[]
  return {
    properties: new Map([...bases.flatMap((base) => [...base.properties]), ...own]),
    required: [...new Set([...bases.flatMap((base) => base.required), ...required])],
  }
}

function kindsOf(base: Place, documents: Documents): readonly Place[] {
  return documents.definitions(base.file).filter(({ node, file }) => {
    const bases = Array.isArray(node['allOf']) ? (node['allOf'] as readonly Node[]) : []
    return bases.some(({ $ref }) => documents.resolve(String($ref), file).name === base.name)
  })
}

function nameOf({ node, name }: Place): string {
  const own = node['x-ms-discriminator-value']
  return typeof own === 'string' ? own : name.slice(name.lastIndexOf('/') + 1)
}

function isReadOnly({ node, file }: Place, documents: Documents): boolean {
  if (node['readOnly'] === true) return true
  const reference = node['$ref']
  return (
    typeof reference === 'string' && documents.resolve(reference, file).node['readOnly'] === true
  )
}

function isOpen(node: Node, side: Side): boolean {
  return side === 'answer' && nodeAt(node, 'x-ms-enum')['modelAsString'] === true
}
